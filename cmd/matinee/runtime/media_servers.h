// Converts the settings of the media servers to the types of pkg/media.
#pragma once

#include <vector>

#include "config/settings.h"
#include "media/media_server.h"

namespace matinee {

std::vector<media::MediaServerSettings> MediaServerSettingsOf(const config::Settings& settings);

}  // namespace matinee
