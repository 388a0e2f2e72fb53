// An answer as bytes (RFC 9112).
//
// Thread safety: pure functions.
#pragma once

#include <string>

#include "base/result.h"
#include "http/message.h"

namespace matinee::http {

struct WireOptions {
  bool headers_only = false;  // HEAD: Content-Length tells what GET would send.
  bool close = false;         // Says "Connection: close".
};

// Fails with kInternal when a header could be read as more than one, or the body is too long:
// large bytes are nginx's business (X-Accel-Redirect).
Result<std::string> SerializeResponse(const Response& response, const WireOptions& options);

}  // namespace matinee::http
