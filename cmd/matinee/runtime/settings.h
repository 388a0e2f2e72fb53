// Reads the settings of this process: its environment, and the file that MATINEE_CONFIG names.
#pragma once

#include "base/result.h"
#include "config/settings.h"

namespace matinee {

// See config::Load.
Result<config::Settings> LoadSettings();

}  // namespace matinee
