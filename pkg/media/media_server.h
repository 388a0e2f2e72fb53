// One Plex, Jellyfin or Emby server: what it plays, its pictures, and whether it is set up rightly.
//
//   auto servers = MakeMediaServers(settings, client, clock);
//   Result<std::vector<PlaybackSession>> sessions = servers[0]->Sessions();
//
// All calls block, each for a bounded time (constants below). Every failure is one sentence for a
// person; none holds a token or the server's address.
//
// Thread safety: Sessions() is called by one thread at a time; the other methods by any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "http/client.h"
#include "media/path_mapping.h"
#include "media/playback_session.h"

namespace matinee::media {

// Everything that Sessions() asks a server together. A server on the home network answers within a
// few milliseconds; one that takes longer than this is down.
constexpr std::chrono::milliseconds kSessionsTimeMax{5000};
// A picture that is not in the server's cache is scaled first.
constexpr std::chrono::milliseconds kPictureTimeMax{10000};
constexpr std::chrono::milliseconds kCheckTimeMax{8000};
// A poster at the sizes we ask for is under 200 KB.
constexpr size_t kPictureBytesMax = size_t{8} * 1024 * 1024;

struct Image {
  std::string content_type;  // As the server named it; see FetchProxied for what is let through.
  std::string bytes;
};

struct LibraryFolder {
  std::string library;      // "Films"
  std::string server_path;  // As the media server calls it.
  std::string local_path;   // As we call it; empty if no mapping fits.
  std::string problem;      // Why we cannot read it, and what to do; empty if we can.
};

// What `matinee doctor` wants to know of a server.
struct ServerCheck {
  bool reachable = false;
  bool authorised = false;
  std::string version;                 // "Jellyfin 10.10.7"; empty if unknown.
  std::vector<LibraryFolder> folders;  // Of the libraries with films and series.
  std::string problem;                 // What is wrong and how to mend it; empty if nothing is.
};

class MediaServer {
 public:
  virtual ~MediaServer() = default;

  [[nodiscard]] virtual const std::string& name() const = 0;
  [[nodiscard]] virtual MediaServerType source() const = 0;
  // What the ids of its sessions begin with; no other server's ids begin with it and a name.
  [[nodiscard]] virtual const std::string& session_id_prefix() const = 0;

  // What is playing now. Fails with kUnavailable, kDeadlineExceeded, kUnauthenticated (the token is
  // refused) or kBadGateway (an answer that makes no sense).
  virtual Result<std::vector<PlaybackSession>> Sessions() = 0;

  // `path` is a path and query on the server. Lets everything through: callers use FetchProxied.
  // Fails with kNotFound, kUnavailable, kDeadlineExceeded, kBadGateway.
  virtual Result<Image> FetchImage(const std::string& path) = 0;

  virtual ServerCheck Check() = 0;
};

struct MediaServerSettings {
  std::string name;  // Unique among the servers.
  MediaServerType source = MediaServerType::kPlex;
  std::string url;  // "http://172.17.0.1:32400"; may have a path.
  Secret token;     // Plex token, or API key.
  std::vector<PathMapping> path_mappings;
  std::vector<std::string> media_roots;  // Films lie only here; empty: anywhere.
};

// `ordinal` counts the servers of the same source before it in the settings; from the
// second on, session ids carry the server's name. `client` and `clock` must outlive the server.
std::unique_ptr<MediaServer> MakeMediaServer(const MediaServerSettings& settings,
                                             http::Client& client, const Clock& clock,
                                             size_t ordinal);

// Whether a library's folder, named as the server names it, can be read here.
LibraryFolder CheckLibraryFolder(const std::string& library, const std::string& server_path,
                                 const MediaServerSettings& settings);

// All servers of the settings, in their order.
std::vector<std::unique_ptr<MediaServer>> MakeMediaServers(
    const std::vector<MediaServerSettings>& settings, http::Client& client, const Clock& clock);

}  // namespace matinee::media
