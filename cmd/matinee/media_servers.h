// The settings of the media servers in the words of pkg/media.
#pragma once

#include <vector>

#include "config/settings.h"
#include "media/media_server.h"

namespace matinee {

std::vector<media::MediaServerSettings> MediaServerSettingsOf(const config::Settings& settings);

}  // namespace matinee
