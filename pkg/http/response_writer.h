// Serializes responses (RFC 9112).
//
// Thread safety: pure functions.
#pragma once

#include <string>

#include "base/result.h"
#include "http/message.h"

namespace matinee::http {

struct WireOptions {
  bool headers_only = false;  // HEAD: Content-Length is that of GET.
  bool close = false;         // Adds "Connection: close".
};

// Fails with kInternal if a header could be parsed as more than one, or the body is too long: nginx
// delivers large files (X-Accel-Redirect).
Result<std::string> SerializeResponse(const Response& response, const WireOptions& options);

}  // namespace matinee::http
