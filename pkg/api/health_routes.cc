#include <nlohmann/json.hpp>
#include <string>

#include "api/json.h"
#include "api/routes_internal.h"
#include "base/time_format.h"

namespace matinee::api {
namespace {

using Json = nlohmann::ordered_json;
using http::Method;
using http::Request;
using http::Response;

Response NotStored(std::string body) {
  Response response = Response::Json(200, std::move(body));
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

Json MediaServersJson(const std::vector<media::ServerStatus>& servers) {
  Json json = Json::array();
  for (const media::ServerStatus& server : servers) {
    json.push_back({{"name", server.name},
                    {"source", media::ToString(server.source)},
                    {"status", media::ToString(server.state)},
                    {"error", server.error.empty() ? Json(nullptr) : Json(server.error)},
                    {"last_success_at", server.last_success ? Json(FormatTime(*server.last_success))
                                                            : Json(nullptr)}});
  }
  return json;
}

http::SyncHandler Health(const Services& services, const ApiOptions& options) {
  const MonoTime started = services.clock.Mono();
  return [services, options, started](const Request&) {
    const std::chrono::duration<double> uptime = services.clock.Mono() - started;
    const Json json = {{"status", "ok"},
                       {"version", options.version},
                       {"time", FormatTime(services.clock.Now())},
                       {"uptime_seconds", uptime.count()},
                       {"demo", options.demo},
                       {"media_servers", MediaServersJson(services.sessions.Status())},
                       {"free_bytes", services.free_bytes().value_or(0)},
                       {"min_free_bytes", options.free_bytes_min}};
    return NotStored(json.dump(-1, ' ', false, Json::error_handler_t::replace));
  };
}

http::SyncHandler Sessions(const Services& services, const ApiOptions& options) {
  return [&sessions = services.sessions, &clock = services.clock,
          base_path = options.base_path](const Request&) {
    return NotStored(ToJson(sessions.Sessions(), clock.Now(), base_path));
  };
}

}  // namespace

void AddStatusRoutes(const Services& services, const ApiOptions& options, RouteList& routes) {
  // Health asks the file system, which may hang; sessions come out of memory.
  routes.push_back(Sync(Method::kGet, "/api/health", Health(services, options)));
  routes.push_back(Sync(Method::kGet, "/api/sessions", Sessions(services, options), true));
}

}  // namespace matinee::api
