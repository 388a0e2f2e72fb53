#include "http/message.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace matinee::http {
namespace {

// Long enough for a burst to pass, short enough for a client that waits.
constexpr std::string_view kRetryAfterSeconds = "2";

}  // namespace

std::string_view ToString(Method method) {
  switch (method) {
    case Method::kGet:
      return "GET";
    case Method::kHead:
      return "HEAD";
    case Method::kPost:
      return "POST";
    case Method::kPut:
      return "PUT";
    case Method::kPatch:
      return "PATCH";
    case Method::kDelete:
      return "DELETE";
    case Method::kOptions:
      return "OPTIONS";
  }
  return "";
}

std::optional<Method> MethodFromName(std::string_view name) {
  for (const Method method : kMethods) {
    if (ToString(method) == name) return method;
  }
  return std::nullopt;
}

std::optional<std::string> Request::Header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? std::nullopt : std::optional(found->second);
}

Result<std::optional<std::string>> Request::Query(std::string_view name) const {
  std::optional<std::string> value;
  for (const auto& [key, text] : query) {
    if (key != name) continue;
    if (value) {
      return Fail(Code::kInvalidArgument,
                  "The query parameter " + std::string(name) + " is given twice.");
    }
    value = text;
  }
  return value;
}

Response Response::Json(int status, std::string body) {
  Response response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

Response Response::Problem(int status, std::string_view code, std::string_view title,
                           std::string_view detail, std::string_view extra_json) {
  const nlohmann::ordered_json problem = {{"type", "about:blank"},
                                          {"title", title},
                                          {"status", status},
                                          {"detail", detail},
                                          {"code", code}};
  // Titles may have any encoding; invalid UTF-8 is replaced.
  std::string body = problem.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  if (!extra_json.empty()) {
    body.back() = ',';
    body += extra_json;
    body += '}';
  }
  Response response;
  response.status = status;
  response.body = std::move(body);
  response.content_type = "application/problem+json";
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

Response Response::FromError(const Error& error, std::string_view extra_json) {
  const CodeInfo& info = InfoOf(error.code);
  Response response = Problem(info.http_status, info.name, info.title, error.message, extra_json);
  if (error.code == Code::kUnavailable || error.code == Code::kTooManyRequests) {
    response.headers.emplace_back("Retry-After", kRetryAfterSeconds);
  }
  return response;
}

Route Sync(Method method, std::string path, Access access, SyncHandler handler,
           bool inline_on_network_thread) {
  return Route{method, std::move(path), access,
               [handler = std::move(handler)](const Request& request, const Responder& respond) {
                 respond(handler(request));
               },
               inline_on_network_thread};
}

}  // namespace matinee::http
