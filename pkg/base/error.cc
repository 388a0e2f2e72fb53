#include "base/error.h"

#include <algorithm>
#include <array>

namespace matinee {
namespace {

constexpr std::array kCodes = {
    CodeInfo{Code::kMalformed, "malformed", "Malformed request", 400, false, Severity::kInfo},
    CodeInfo{Code::kUnauthenticated, "unauthenticated", "Not authenticated", 401, false,
             Severity::kWarn},
    CodeInfo{Code::kPermissionDenied, "permission_denied", "Not allowed", 403, false,
             Severity::kWarn},
    CodeInfo{Code::kNotFound, "not_found", "Not found", 404, false, Severity::kInfo},
    CodeInfo{Code::kConflict, "conflict", "Not possible in this state", 409, false,
             Severity::kInfo},
    CodeInfo{Code::kInvalidArgument, "invalid_argument", "Invalid value", 422, false,
             Severity::kInfo},
    CodeInfo{Code::kMediaError, "media_error", "The media file cannot be read", 422, false,
             Severity::kWarn},
    CodeInfo{Code::kCancelled, "cancelled", "Cancelled", 409, false, Severity::kInfo},
    CodeInfo{Code::kTooManyRequests, "too_many_requests", "Too many requests", 429, false,
             Severity::kInfo},
    CodeInfo{Code::kInternal, "internal", "Internal error", 500, true, Severity::kError},
    CodeInfo{Code::kBadGateway, "bad_gateway", "Bad answer from the media server", 502, true,
             Severity::kWarn},
    CodeInfo{Code::kUnavailable, "unavailable", "Not available right now", 503, true,
             Severity::kWarn},
    CodeInfo{Code::kDeadlineExceeded, "deadline_exceeded", "Took too long", 504, true,
             Severity::kWarn},
    CodeInfo{Code::kInsufficientStorage, "insufficient_storage", "Not enough space", 507, true,
             Severity::kError},
};

}  // namespace

std::span<const CodeInfo> CodeTable() {
  return kCodes;
}

const CodeInfo& InfoOf(Code code) {
  // The table is in the order of the enum; a test checks that.
  return kCodes.at(static_cast<size_t>(code));
}

Code CodeFromName(std::string_view name) {
  const auto* row = std::find_if(kCodes.begin(), kCodes.end(),
                                 [name](const CodeInfo& info) { return info.name == name; });
  return row == kCodes.end() ? Code::kInternal : row->code;
}

Error Error::WithContext(std::string_view context) const {
  return Error{code, std::string(context) + ": " + message};
}

}  // namespace matinee
