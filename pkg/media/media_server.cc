#include "media/media_server.h"

#include <map>

#include "media/jellyfin_server.h"
#include "media/plex_server.h"

namespace matinee::media {

std::unique_ptr<MediaServer> MakeMediaServer(const MediaServerSettings& settings,
                                             http::Client& client, const Clock& clock,
                                             size_t ordinal) {
  if (settings.source == MediaServerType::kPlex) {
    return std::make_unique<PlexServer>(settings, client, clock, ordinal);
  }
  return std::make_unique<JellyfinServer>(settings, client, clock, ordinal);
}

LibraryFolder CheckLibraryFolder(const std::string& library, const std::string& server_path,
                                 const MediaServerSettings& settings) {
  LibraryFolder folder{library, server_path, "", ""};
  const auto local = MapPath(server_path, settings.path_mappings);
  if (!local) {
    folder.problem = local.error().message;
    return folder;
  }
  folder.local_path = *local;
  const Status readable = CheckMediaFolder(*local, settings.media_roots);
  if (!readable) folder.problem = readable.error().message;
  return folder;
}

std::vector<std::unique_ptr<MediaServer>> MakeMediaServers(
    const std::vector<MediaServerSettings>& settings, http::Client& client, const Clock& clock) {
  std::vector<std::unique_ptr<MediaServer>> servers;
  servers.reserve(settings.size());
  std::map<MediaServerType, size_t> count;
  for (const MediaServerSettings& server : settings) {
    servers.push_back(MakeMediaServer(server, client, clock, count[server.source]++));
  }
  return servers;
}

}  // namespace matinee::media
