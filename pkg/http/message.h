// HTTP requests and responses as values, as routes see them. Independent of Pistache.
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
#include "http/principal.h"

namespace matinee::http {

enum class Method { kGet, kHead, kPost, kPut, kPatch, kDelete, kOptions };
inline constexpr std::array kMethods = {Method::kGet,    Method::kHead,  Method::kPost,
                                        Method::kPut,    Method::kPatch, Method::kDelete,
                                        Method::kOptions};
std::string_view ToString(Method method);
// Returns the method with this case-sensitive name, or nullopt.
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
  std::string client;      // The client's IP address; see ServerOptions::proxied.
  Principal principal;     // Set before the handler runs; anonymous on a kPublic route.

  // Returns the header's value, or nullopt. `name` in lower case.
  [[nodiscard]] std::optional<std::string> Header(const std::string& name) const;
  // Returns the value of the query parameter, or nullopt. Fails with kInvalidArgument if it is
  // given twice.
  [[nodiscard]] Result<std::optional<std::string>> Query(std::string_view name) const;
};

struct Response {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  // Sent as they are. If one has CR, LF or NUL, the server answers 500 instead.
  std::vector<std::pair<std::string, std::string>> headers;

  static Response Json(int status, std::string body);
  // Makes a problem+json (RFC 9457). `extra_json` adds members, e.g. R"("id":"0190…")".
  static Response Problem(int status, std::string_view code, std::string_view title,
                          std::string_view detail, std::string_view extra_json = "");
  // Takes status, code and title from the table of base/error.h. kUnavailable and
  // kTooManyRequests add Retry-After.
  static Response FromError(const Error& error, std::string_view extra_json = "");
};

// Sends the answer of one request, now or later, from any thread. Only the first call counts. If
// the last copy is destroyed unused, the client gets a 500. An answer after more than a minute is
// dropped.
using Responder = std::function<void(Response)>;

// Handlers must not block a network thread; blocking ones run on an executor (see Route).
using Handler = std::function<void(const Request&, Responder)>;
using SyncHandler = std::function<Response(const Request&)>;

struct Route {
  Method method;
  std::string path;  // Template: "/api/captures/{id}/file". A parameter is one whole segment.
  Access access;     // The least level of a principal that may call it.
  Handler handler;
  // true: called on the network thread, for answers from memory within microseconds.
  // false: called on the server's executor (503 with Retry-After when its queue is full).
  bool inline_on_network_thread = false;
  // Longer bodies get 413. The server's own limit is ServerOptions::body_bytes_max.
  size_t body_bytes_max = 65536;
  // A request without a body needs no Content-Type.
  bool body_optional = false;
};

// Makes a route of a synchronous handler.
//
// The server itself answers HEAD by the GET route (headers only), OPTIONS for each path, 405 for a
// wrong method, 404 for an unknown path, and what its guards refuse (see guard.h).
Route Sync(Method method, std::string path, Access access, SyncHandler handler,
           bool inline_on_network_thread = false);

}  // namespace matinee::http
