// Settings of logs, for ConfigureLog.
//
// Thread safety: plain values.
#pragma once

#include "telemetry/log.h"

namespace matinee {

namespace config {
struct Section;
}

struct LogSettings {
  Severity level = Severity::kInfo;
  LogFormat format = LogFormat::kText;
};

config::Section LogSection(LogSettings& log);

}  // namespace matinee
