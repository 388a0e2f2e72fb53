// Parses the request line and the request target (RFC 9112, section 3; RFC 3986).
//
// Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace matinee::http {

struct RequestLine {
  std::string_view method;
  std::string_view target;  // As sent, "/path?query".
  bool is_http_1_1 = false;
};

// Parses "GET /path HTTP/1.1", without its line end. The views point into `line`. Fails with
// kMalformed.
Result<RequestLine> ParseRequestLine(std::string_view line);

struct Target {
  // The path's segments, percent-decoded one by one, so that an encoded slash stays inside its
  // segment: "/a/b%2Fc/" is {"a", "b/c", ""}.
  std::vector<std::string> segments;
  std::string path;  // The whole path, percent-decoded: for display, not for decisions.
  std::vector<std::pair<std::string, std::string>> query;  // Decoded, in order, with repetitions.
};

// Fails with kMalformed: no leading slash, a broken escape, an encoded NUL.
Result<Target> ParseTarget(std::string_view target);

}  // namespace matinee::http
