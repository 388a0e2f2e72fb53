#include "media/media_settings.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "config/load_state.h"
#include "config/setting_types.h"
#include "media/media_server_list.h"
#include "media/path_mapping_setting.h"

namespace matinee::media {
namespace {

using std::chrono::milliseconds;

constexpr const char* kNotes =
    R"(A server is used once both its address and its token or key are set. Matinee opens the media files itself, so it must see them;
if the server's folder has another path here, map it: `PLEX_PATH_MAPPINGS="/data/films=/media/films;/data/tv=/media/tv"`. In
the file, mappings are a list: `plex_path_mappings: [{from: /data/films, to: /media/films}]`.

Several servers of one type are listed in the file:

```yaml
media_servers:
  - name: living-room
    type: jellyfin            # plex, jellyfin or emby
    url: http://10.0.0.5:8096
    token_file: /run/secrets/jellyfin
  - name: attic
    type: jellyfin
    url: https://attic.example.org/jellyfin
    token: 0123456789abcdef
    path_mappings:
      - {from: /data, to: /media/attic}
```

They come after the servers of the variables, which are named `plex`, `jellyfin` and `emby`. Each needs a unique name; the default is
its type.
)";

// A server that variables name, one of a type.
struct NamedServer {
  MediaServerType type = MediaServerType::kPlex;
  std::string url_variable;
  std::string token_variable;
  std::string url = {};
  Secret token = {};
  std::vector<PathMapping> path_mappings = {};
};

// The values from which the servers are made.
struct Values {
  NamedServer plex{MediaServerType::kPlex, "PLEX_URL", "PLEX_TOKEN"};
  NamedServer jellyfin{MediaServerType::kJellyfin, "JELLYFIN_URL", "JELLYFIN_API_KEY"};
  NamedServer emby{MediaServerType::kEmby, "EMBY_URL", "EMBY_API_KEY"};
  std::vector<PathMapping> path_mappings;  // Of all servers.
  size_t listed = 0;                       // Servers from the list; they are the last ones.
};

// A missing URL or token is not an error: it turns the server off.
void AddNamedServer(const NamedServer& server, MediaSettings& media, config::LoadState& state) {
  if (server.url.empty() && server.token.empty()) return;
  const std::string name(ToString(server.type));
  if (!server.url.empty() && !server.token.empty()) {
    media.servers.push_back(
        {name, server.type, server.url, server.token, server.path_mappings, {}});
    return;
  }
  const std::string& set = server.url.empty() ? server.token_variable : server.url_variable;
  const std::string& missing = server.url.empty() ? server.url_variable : server.token_variable;
  state.AddWarning(set + " is set and " + missing + " is not: " + name + " is left out");
}

// Appends the mappings of all servers to the server's own, which take precedence.
void AppendGeneralMappings(MediaServerSettings& server, const std::vector<PathMapping>& general) {
  for (const PathMapping& mapping : general) {
    const bool own = std::any_of(
        server.path_mappings.begin(), server.path_mappings.end(),
        [&](const PathMapping& known) { return known.server_prefix == mapping.server_prefix; });
    if (!own) server.path_mappings.push_back(mapping);
  }
}

void Complete(Values& values, MediaSettings& media, config::LoadState& state) {
  for (const NamedServer* server : {&values.plex, &values.jellyfin, &values.emby}) {
    AddNamedServer(*server, media, state);
  }
  const size_t named = media.servers.size();
  AppendListedServers(media.servers, state);
  values.listed = media.servers.size() - named;
  for (MediaServerSettings& server : media.servers) {
    AppendGeneralMappings(server, values.path_mappings);
    server.media_roots = media.media_roots;
  }
}

std::vector<config::Setting> Settings(Values& values, MediaSettings& media) {
  return {
      config::Url("PLEX_URL", values.plex.url,
                  "Address of the Plex server, as Matinee reaches it."),
      config::Token("PLEX_TOKEN", values.plex.token,
                    "Token of the Plex server's owner (X-Plex-Token)."),
      MappingsSetting("PLEX_PATH_MAPPINGS", values.plex.path_mappings,
                      "Local paths of Plex's folders."),
      config::Url("JELLYFIN_URL", values.jellyfin.url, "Address of the Jellyfin server."),
      config::Token("JELLYFIN_API_KEY", values.jellyfin.token,
                    "An API key, from Jellyfin's dashboard."),
      MappingsSetting("JELLYFIN_PATH_MAPPINGS", values.jellyfin.path_mappings,
                      "Local paths of Jellyfin's folders."),
      config::Url("EMBY_URL", values.emby.url, "Address of the Emby server."),
      config::Token("EMBY_API_KEY", values.emby.token, "An API key, from Emby's dashboard."),
      MappingsSetting("EMBY_PATH_MAPPINGS", values.emby.path_mappings,
                      "Local paths of Emby's folders."),
      MappingsSetting("PATH_MAPPINGS", values.path_mappings,
                      "The same for all servers; a server's own take precedence."),
      config::List("MEDIA_ROOTS", media.media_roots, ':', "absolute paths",
                   config::ParseAbsolutePath,
                   "Folders of the media files. Files outside are never opened; empty allows any "
                   "folder."),
      config::Duration("POLL_INTERVAL", media.poll_interval, milliseconds(500), milliseconds(60000),
                       "How often the media servers are polled."),
  };
}

// Its own mappings and those of all servers stand in one list by now.
std::string ShowListed(const Values& values, const MediaSettings& media) {
  return ShowServers(std::span(media.servers).last(values.listed));
}

}  // namespace

config::Section MediaSection(MediaSettings& media) {
  const auto values = std::make_shared<Values>();
  return {
      .title = "Media servers",
      .settings = Settings(*values, media),
      .file_settings = {{std::string(kMediaServersKey),
                         [values, &media] { return ShowListed(*values, media); }}},
      .prefixes = {"PLEX_", "JELLYFIN_", "EMBY_"},
      .complete = [values, &media](config::LoadState& state) { Complete(*values, media, state); },
      .notes = kNotes};
}

}  // namespace matinee::media
