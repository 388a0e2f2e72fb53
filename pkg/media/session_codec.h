// Encodes the state of all media servers as text, so that one process polls for all.
//
// Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "media/session_watcher.h"

namespace matinee::media {

// Returns JSON for DecodeSessions of the same version; not a public format.
std::string EncodeSessions(const std::vector<ServerSnapshot>& servers);

// Fails with kMalformed; ignores unknown fields.
Result<std::vector<ServerSnapshot>> DecodeSessions(std::string_view text);

}  // namespace matinee::media
