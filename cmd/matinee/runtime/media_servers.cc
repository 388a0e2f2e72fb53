#include "runtime/media_servers.h"

namespace matinee {

std::vector<media::MediaServerSettings> MediaServerSettingsOf(const config::Settings& settings) {
  std::vector<media::MediaServerSettings> servers;
  for (const config::MediaServerSettings& setting : settings.media_servers) {
    media::MediaServerSettings server;
    server.name = setting.name;
    server.source =
        media::MediaServerTypeFromString(setting.type).value_or(media::MediaServerType::kPlex);
    server.url = setting.url;
    server.token = setting.token;
    for (const auto& mapping : setting.path_mappings) {
      server.path_mappings.push_back({mapping.from, mapping.to});
    }
    server.media_roots = settings.media_roots;
    servers.push_back(std::move(server));
  }
  return servers;
}

}  // namespace matinee
