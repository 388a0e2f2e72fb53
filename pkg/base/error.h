// An Error is a code and a message that every layer can act on.
//
// Each code has exactly one HTTP status, one retry rule and one log severity, all in the table of
// error.cc, so that what an error means to the client, to the queue and to the log is defined in
// one place.
//
// Thread safety: plain values.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace matinee {

enum class Severity { kDebug, kInfo, kWarn, kError };

enum class Code {
  kMalformed,            // The request cannot be parsed at all.
  kUnauthenticated,      // A media server rejects the configured credentials.
  kPermissionDenied,     // Forbidden by a rule of Matinee or by the file system.
  kNotFound,             // No such session, capture, file.
  kConflict,             // Not in this state, e.g. a file of an unfinished capture.
  kInvalidArgument,      // Parsed, but a value is invalid.
  kMediaError,           // The media file is missing, truncated, or cannot be decoded.
  kCancelled,            // It was cancelled.
  kTooManyRequests,      // One client asks for more than its share.
  kInternal,             // A fault of Matinee.
  kBadGateway,           // A media server sent an invalid response.
  kUnavailable,          // Retry later: busy, starting, draining, unreachable.
  kDeadlineExceeded,     // It took longer than its limit.
  kInsufficientStorage,  // The disk is full, or nearly.
};

struct CodeInfo {
  Code code;
  std::string_view name;   // The name in JSON, logs and metrics, e.g. "not_found".
  std::string_view title;  // Title of the problem+json response.
  int http_status;
  bool retryable;     // Whether the same job may succeed when it is retried later.
  Severity severity;  // Severity of the log line of an error of this code.
};

// Every row, in the order of the enum.
std::span<const CodeInfo> CodeTable();

// Returns the row of `code`. Never fails.
const CodeInfo& InfoOf(Code code);

// Returns the code of this name, or kInternal for a name that is not in the table.
Code CodeFromName(std::string_view name);

struct Error {
  Code code = Code::kInternal;
  std::string message;  // A sentence for the user; it contains no secret.

  // Returns the same error with "context: " before its message.
  [[nodiscard]] Error WithContext(std::string_view context) const;
};

}  // namespace matinee
