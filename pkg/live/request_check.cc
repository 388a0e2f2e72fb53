#include "live/request_check.h"

#include "base/strings.h"

namespace matinee::live {
namespace {

using http::Response;

constexpr std::string_view kPath = "/api/events";

Response MethodNotAllowed(std::string_view method) {
  Response response = Response::Problem(
      405, "method_not_allowed", "Method not allowed",
      "Method " + EscapeUnprintable(method) + " is not allowed. Allowed: GET, HEAD.");
  response.headers.emplace_back("Allow", "GET, HEAD");
  return response;
}

}  // namespace

std::optional<Response> RefuseRequest(const RequestHead& head, const http::HostPolicy& hosts) {
  if (!head.host) {
    return Response::Problem(400, "malformed", "Malformed request",
                             "The request has no Host header.");
  }
  if (!hosts.Allows(*head.host)) {
    return Response::Problem(421, "misdirected", "Misdirected request",
                             http::HostRefusal(http::RefusedHost(*head.host)));
  }
  if (head.target.substr(0, head.target.find('?')) != kPath) {
    return Response::FromError({Code::kNotFound, "There is nothing at this address."});
  }
  if (head.method != "GET" && head.method != "HEAD") return MethodNotAllowed(head.method);
  return std::nullopt;
}

}  // namespace matinee::live
