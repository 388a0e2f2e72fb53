#include "api/json.h"
#include "api/routes_internal.h"

namespace matinee::api {

void AddSessionRoutes(const Services& services, const ApiOptions& options, RouteList& routes) {
  // Sessions come from memory, so the network thread answers.
  routes.push_back(Sync(
      http::Method::kGet, "/api/sessions", http::Access::kUser,
      [&sessions = services.sessions, &clock = services.clock, base_path = options.base_path,
       absent = options.mediasnap_compat ? AbsentText::kEmpty
                                         : AbsentText::kNull](const http::Request&) {
        return UncachedJson(200, ToJson(sessions.Sessions(), clock.Now(), base_path, absent));
      },
      /*inline_on_network_thread=*/true));
}

}  // namespace matinee::api
