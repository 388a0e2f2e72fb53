// Reads the media servers: those of the variables PLEX_URL, PLEX_TOKEN and so on, then those of the
// list media_servers in the YAML file. Internal to this package.
//
// Thread safety: plain functions; they read the files that hold tokens.
#pragma once

#include <cstddef>
#include <string>

#include "config/config_errors.h"
#include "config/setting_table.h"
#include "config/yaml_document.h"

namespace matinee::config {

constexpr size_t kMediaServersMax = 16;  // Each is polled every two seconds.

// Fills values.media_servers. `list` is the YAML list or null.
void AddMediaServers(Values& values, const YamlNode* list, const std::string& yaml_name,
                     ConfigErrors& errors);

}  // namespace matinee::config
