// What one process knows of all media servers, as text that another understands: so that one
// process polls for all.
//
// Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "media/session_watcher.h"

namespace matinee::media {

// JSON, of no meaning to anybody but FromText of the same version.
std::string EncodeSessions(const std::vector<ServerSnapshot>& servers);

// Fails with kMalformed; unknown fields are left out.
Result<std::vector<ServerSnapshot>> DecodeSessions(std::string_view text);

}  // namespace matinee::media
