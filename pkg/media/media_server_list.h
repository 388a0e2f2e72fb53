// Reads the list media_servers of the YAML file. Internal to this package.
//
// Thread safety: plain functions; they read the files that hold tokens.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/load_state.h"
#include "media/media_server.h"

namespace matinee::media {

constexpr std::string_view kMediaServersKey = "media_servers";
constexpr size_t kMediaServersMax = 16;  // Each is polled every two seconds.

// Appends the servers of the list, if the file has one, to `servers`. Adds an error for each entry
// that is invalid or whose name is taken.
void AppendListedServers(std::vector<MediaServerSettings>& servers, config::LoadState& state);

// Returns the servers as YAML, tokens masked; "" for none.
std::string ShowServers(std::span<const MediaServerSettings> servers);

}  // namespace matinee::media
