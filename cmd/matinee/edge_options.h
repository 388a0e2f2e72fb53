// The settings of the edge in the words of pkg/edge, for the roles that run nginx.
#pragma once

#include <string>

#include "base/result.h"
#include "config/settings.h"
#include "edge/nginx_config.h"

namespace matinee {

// Refuses one port for the page and for /metrics.
Status CheckPorts(const config::Settings& settings);

// Everything but the API's address. nginx keeps its own files in `run_dir`.
edge::EdgeOptions EdgeOptionsOf(const config::Settings& settings, const std::string& run_dir);

}  // namespace matinee
