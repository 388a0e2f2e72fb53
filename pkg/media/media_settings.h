// Settings of the media servers.
//
// Thread safety: plain values.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "media/media_server.h"

namespace matinee::config {
struct Section;
}

namespace matinee::media {

struct MediaSettings {
  // Those of PLEX_URL, PLEX_TOKEN and so on, then those of the list media_servers in the file.
  std::vector<MediaServerSettings> servers;
  std::vector<std::string> media_roots;  // Folders of the media files; empty: any folder.
  std::chrono::milliseconds poll_interval{2000};
};

config::Section MediaSection(MediaSettings& media);

}  // namespace matinee::media
