#include "telemetry/log_settings.h"

#include "config/setting_types.h"

namespace matinee {

config::Section LogSection(LogSettings& log) {
  return {.title = "Logs and metrics",
          .settings = {
              config::Choice("LOG_LEVEL", log.level, {"debug", "info", "warn", "error"},
                             "Minimum severity of log lines."),
              config::Choice("LOG_FORMAT", log.format, {"text", "json"},
                             "`text` for people, `json` for machines."),
          }};
}

}  // namespace matinee
