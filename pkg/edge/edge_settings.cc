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
          }};
}

}  // namespace matinee::edge
