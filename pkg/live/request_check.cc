#include "live/request_check.h"

#include <algorithm>

#include "base/strings.h"

namespace matinee::live {
namespace {

using http::Response;

constexpr std::string_view kPath = "/api/events";

// Without the port, in lower case.
std::string HostName(std::string_view header) {
  const size_t bracket = header.rfind(']');
  const size_t colon = header.rfind(':');
  const bool has_port =
      colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  return ToLower(Trim(has_port ? header.substr(0, colon) : header));
}

bool IsAllowed(std::string_view host, const std::vector<std::string>& allowed_hosts) {
  if (allowed_hosts.empty()) return true;
  return std::find(allowed_hosts.begin(), allowed_hosts.end(), HostName(host)) !=
         allowed_hosts.end();
}

Response MethodNotAllowed(std::string_view method) {
  Response response = Response::Problem(
      405, "method_not_allowed", "Method not allowed",
      "Method " + EscapeUnprintable(method) + " is not allowed. Allowed: GET, HEAD.");
  response.headers.emplace_back("Allow", "GET, HEAD");
  return response;
}

}  // namespace

std::optional<Response> RefuseRequest(const RequestHead& head,
                                      const std::vector<std::string>& allowed_hosts) {
  if (!head.host) {
    return Response::Problem(400, "malformed", "Malformed request",
                             "The request has no Host header.");
  }
  if (!IsAllowed(*head.host, allowed_hosts)) {
    return Response::Problem(421, "misdirected", "Misdirected request",
                             "Unknown host name. Add it to ALLOWED_HOSTS.");
  }
  if (head.target.substr(0, head.target.find('?')) != kPath) {
    return Response::FromError({Code::kNotFound, "There is nothing at this address."});
  }
  if (head.method != "GET" && head.method != "HEAD") return MethodNotAllowed(head.method);
  return std::nullopt;
}

}  // namespace matinee::live
