#include "runtime/process_settings.h"

#include "config/setting_types.h"

namespace matinee {

config::Section ProcessSection(ProcessSettings& process) {
  using std::chrono::milliseconds;
  return {
      .title = "Processes",
      .settings = {
          config::Path("DATA_DIR", process.data_dir, "Folder for all data of Matinee."),
          config::Duration("DRAIN_DELAY", process.drain_delay, milliseconds(0), milliseconds(60000),
                           "How long a stopping role still serves while `/readyz` already "
                           "fails. Kubernetes needs about 5s, as it may send requests for that "
                           "long."),
      }};
}

config::Section AdminSection(AdminSettings& admin) {
  return {.title = "Logs and metrics",
          .settings = {
              config::Integer<uint16_t>("METRICS_PORT", admin.port, 0, 65535,
                                        "Port of `/metrics`, `/livez` and `/readyz`; 0 turns them "
                                        "off."),
              config::Text("METRICS_ADDRESS", admin.address, "an IP address, or localhost",
                           config::ParseAddress,
                           "Address of the same. They have no password: expose it to a trusted "
                           "network only."),
          }};
}

}  // namespace matinee
