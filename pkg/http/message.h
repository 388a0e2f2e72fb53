// HTTP requests and answers as values: what the routes see. Nothing here knows Pistache.
//
// Thread safety: plain values.
#pragma once

#include <array>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/result.h"

namespace matinee::http {

enum class Method { kGet, kHead, kPost, kPut, kPatch, kDelete, kOptions };
inline constexpr std::array kMethods = {Method::kGet,    Method::kHead,  Method::kPost,
                                        Method::kPut,    Method::kPatch, Method::kDelete,
                                        Method::kOptions};
std::string_view ToString(Method method);
// The method of this name (they are case-sensitive), or nothing.
std::optional<Method> MethodFromName(std::string_view name);

struct Request {
  Method method = Method::kGet;
  std::string path;                           // Percent-decoded, without the query.
  std::map<std::string, std::string> params;  // {name} in the route's template, percent-decoded.
  // Percent-decoded, in the order of the request; a name may come several times.
  std::vector<std::pair<std::string, std::string>> query;
  std::map<std::string, std::string> headers;  // Names in lower case.
  std::string body;
  std::string request_id;  // The proxy's X-Request-Id, or a new one.

  // The header's value, or nothing. `name` in lower case.
  [[nodiscard]] std::optional<std::string> Header(const std::string& name) const;
  // The only value of the query parameter; fails with kInvalidArgument if it is given twice.
  [[nodiscard]] Result<std::optional<std::string>> Query(std::string_view name) const;
};

struct Response {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  // Written as they are. With CR, LF or NUL in one the server answers 500 instead.
  std::vector<std::pair<std::string, std::string>> headers;

  static Response Json(int status, std::string body);
  // RFC 9457. `extra_json` is put into the object as further members, e.g. R"("id":"0190…")".
  static Response Problem(int status, std::string_view code, std::string_view title,
                          std::string_view detail, std::string_view extra_json = "");
  // Status, code and title out of the table of base/error.h. kUnavailable carries Retry-After.
  static Response FromError(const Error& error, std::string_view extra_json = "");
};

// Sends the answer of one request, now or later, from any thread. The first call counts, later
// ones are ignored; when the last copy dies unused, the client gets a 500. After a
// minute it is too late: the client gets nothing.
using Responder = std::function<void(Response)>;

// Handlers never block the thread that calls them; what may block goes to an executor (see Route).
using Handler = std::function<void(const Request&, Responder)>;
using SyncHandler = std::function<Response(const Request&)>;

struct Route {
  Method method;
  std::string path;  // Template: "/api/captures/{id}/file". A parameter is one whole segment.
  Handler handler;
  // true: called on the network thread, for answers that come from memory within microseconds.
  // false: called on the server's executor (503 with Retry-After when its queue is full).
  bool inline_on_network_thread = false;
};

// A GET route also answers HEAD (headers only), and each path answers OPTIONS; the server sees to
// that. So it does to what all routes have in common: a POST, PUT or PATCH that is not
// application/json is 415, a wrong method 405, an unknown path 404, a foreign Host 421.
Route Sync(Method method, std::string path, SyncHandler handler,
           bool inline_on_network_thread = false);

}  // namespace matinee::http
