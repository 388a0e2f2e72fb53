#include "http/response_writer.h"

#include <algorithm>
#include <string_view>

namespace matinee::http {
namespace {

// A client that does not read blocks a network thread; nginx reads at once. The largest answers are
// images of the image proxy.
constexpr size_t kBodyBytesMax = size_t{16} * 1024 * 1024;

std::string_view Reason(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 500:
      return "Internal Server Error";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 507:
      return "Insufficient Storage";
    default:
      return "Status";  // Clients read only the number.
  }
}

bool IsSafe(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

bool HasBody(int status) {
  return status >= 200 && status != 204 && status != 304;
}

}  // namespace

Result<std::string> SerializeResponse(const Response& response, const WireOptions& options) {
  if (response.body.size() > kBodyBytesMax) return Fail(Code::kInternal, "the body is too long");
  std::string wire = "HTTP/1.1 " + std::to_string(response.status) + " ";
  wire += Reason(response.status);
  wire += "\r\n";
  const auto add = [&wire](std::string_view name, std::string_view value) {
    wire += name;
    wire += ": ";
    wire += value;
    wire += "\r\n";
    return IsSafe(name) && IsSafe(value) && name.find(':') == std::string_view::npos;
  };
  bool safe = true;
  if (HasBody(response.status)) {
    if (!response.content_type.empty()) safe = add("Content-Type", response.content_type);
    add("Content-Length", std::to_string(response.body.size()));
  }
  for (const auto& [name, value] : response.headers) safe = add(name, value) && safe;
  if (options.close) add("Connection", "close");
  if (!safe) return Fail(Code::kInternal, "a header contains a line break");
  wire += "\r\n";
  if (HasBody(response.status) && !options.headers_only) wire += response.body;
  return wire;
}

}  // namespace matinee::http
