#include "edge/edge_settings.h"

#include "config/setting_types.h"

namespace matinee::edge {

config::Section EdgeSection(EdgeSettings& edge) {
  return {.title = "Web server",
          .settings = {
              config::Path("NGINX_PATH", edge.nginx_path,
                           "nginx: a path, or a name to look up in PATH."),
              config::Path("WEB_DIR", edge.web_dir, "The built page.")
                  .Derived("the folder `web` beside the program"),
              config::IntegerOrZero(
                  "CONNECTIONS_PER_ADDRESS", edge.connections_per_address, 8, 4096,
                  "How many connections one client address may have open, also those that have "
                  "not sent a whole request; more are closed at once. 0 allows any number. Those "
                  "of TRUSTED_PROXIES have no limit."),
          }};
}

}  // namespace matinee::edge
