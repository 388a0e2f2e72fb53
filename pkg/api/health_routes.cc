#include <nlohmann/json.hpp>
#include <string>

#include "api/routes_internal.h"
#include "base/time_format.h"

namespace matinee::api {
namespace {

using Json = nlohmann::ordered_json;

Json MediaServersJson(const std::vector<media::ServerStatus>& servers) {
  Json json = Json::array();
  for (const media::ServerStatus& server : servers) {
    json.push_back({{"name", server.name},
                    {"source", media::ToString(server.source)},
                    {"status", media::ToString(server.state)},
                    {"error", server.error.empty() ? Json(nullptr) : Json(server.error)},
                    {"sessions_without_id", server.sessions_without_id},
                    {"last_success_at", server.last_success ? Json(FormatTime(*server.last_success))
                                                            : Json(nullptr)}});
  }
  return json;
}

http::SyncHandler Health(const Services& services, const ApiOptions& options) {
  const MonoTime started = services.clock.Mono();
  return [services, options, started](const http::Request&) {
    const std::chrono::duration<double> uptime = services.clock.Mono() - started;
    const Json json = {{"status", "ok"},
                       {"version", options.version},
                       {"time", FormatTime(services.clock.Now())},
                       {"uptime_seconds", uptime.count()},
                       {"demo", options.demo},
                       {"media_servers", MediaServersJson(services.sessions.Status())},
                       {"free_bytes", services.free_bytes().value_or(0)},
                       {"min_free_bytes", options.free_bytes_min},
                       {"capture_folder_notice", options.capture_folder_notice.empty()
                                                     ? Json(nullptr)
                                                     : Json(options.capture_folder_notice)}};
    return UncachedJson(200, json.dump(-1, ' ', false, Json::error_handler_t::replace));
  };
}

}  // namespace

void AddHealthRoutes(const Services& services, const ApiOptions& options, RouteList& routes) {
  // Reads the file system, which may hang, so it runs on the executor.
  routes.push_back(
      Sync(http::Method::kGet, "/api/health", http::Access::kPublic, Health(services, options)));
}

}  // namespace matinee::api
