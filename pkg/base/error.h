// What went wrong, in a form that every layer can act on.
//
// An Error carries one Code out of a short list. Each code has exactly one HTTP status, one retry
// rule and one log severity, all in the table of error.cc, so that "what does this mean to the
// client, to the queue and to the log?" is answered in one place.
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
  kUnauthenticated,      // A media server refuses our credentials.
  kPermissionDenied,     // Forbidden by a rule of ours or by the file system.
  kNotFound,             // No such session, capture, file.
  kConflict,             // Not in this state, e.g. a file of an unfinished capture.
  kInvalidArgument,      // Parsed, but the values make no sense.
  kMediaError,           // The film is missing, torn, or cannot be decoded.
  kCancelled,            // Somebody asked to stop it.
  kInternal,             // A fault of ours.
  kBadGateway,           // A media server answered nonsense.
  kUnavailable,          // Try again later: busy, starting, draining, unreachable.
  kDeadlineExceeded,     // It took longer than its limit.
  kInsufficientStorage,  // The disk is full, or nearly.
};

struct CodeInfo {
  Code code;
  std::string_view name;   // As it stands in JSON, logs and metrics, e.g. "not_found".
  std::string_view title;  // Title of the problem+json answer.
  int http_status;
  bool retryable;     // May the same job succeed if it is run again a little later?
  Severity severity;  // How loudly an error of this code is logged.
};

// Every row, in the order of the enum.
std::span<const CodeInfo> CodeTable();

// Returns the row of `code`. Never fails.
const CodeInfo& InfoOf(Code code);

// Returns the code of this name, or kInternal for a name that is not in the table.
Code CodeFromName(std::string_view name);

struct Error {
  Code code = Code::kInternal;
  std::string message;  // A sentence for a person; holds no secret.

  // The same error with "context: " before its message.
  [[nodiscard]] Error WithContext(std::string_view context) const;
};

}  // namespace matinee
