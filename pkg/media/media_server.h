// A Plex, Jellyfin or Emby server: its playback sessions, its images, and a check of its settings.
//
//   auto servers = MakeMediaServers(settings, client, clock);
//   Result<std::vector<PlaybackSession>> sessions = servers[0]->Sessions();
//
// All calls block, each for a bounded time (constants below). Every error message is one sentence
// for users; it does not contain a token or the server's address.
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

// The limit for all requests of one Sessions() call together. A server on the home network answers
// within a few milliseconds; one that takes longer than this is down.
constexpr std::chrono::milliseconds kSessionsTimeMax{5000};
// The server first scales an image that is not in its cache.
constexpr std::chrono::milliseconds kImageTimeMax{10000};
constexpr std::chrono::milliseconds kCheckTimeMax{8000};
// A poster at the requested sizes is under 200 KB.
constexpr size_t kImageBytesMax = size_t{8} * 1024 * 1024;

struct Image {
  std::string content_type;  // As the server sent it; FetchProxied checks it.
  std::string bytes;
};

struct LibraryFolder {
  std::string library;      // "Movies"
  std::string server_path;  // On the media server.
  std::string local_path;   // On this host; empty if no mapping fits.
  std::string problem;      // Why it is not readable, and what to do; empty if it is.
};

// The result of a check by `matinee doctor`.
struct ServerCheck {
  bool reachable = false;
  bool authorised = false;
  std::string version;                 // "Jellyfin 10.10.7"; empty if unknown.
  std::vector<LibraryFolder> folders;  // Of the libraries of movies and series.
  std::string problem;                 // What is wrong and how to fix it; empty if OK.
};

class MediaServer {
 public:
  virtual ~MediaServer() = default;

  [[nodiscard]] virtual const std::string& name() const = 0;
  [[nodiscard]] virtual MediaServerType source() const = 0;
  // The prefix of its session ids; the ids of other servers do not begin with it and a name.
  [[nodiscard]] virtual const std::string& session_id_prefix() const = 0;

  // Fetches what is playing now. Fails with kUnavailable, kDeadlineExceeded, kUnauthenticated (the
  // token is rejected) or kBadGateway (an unexpected response).
  virtual Result<std::vector<PlaybackSession>> Sessions() = 0;
  // How many entries the last successful Sessions() left out because they had no usable id: such a
  // session cannot be named in a request. Called by the thread that calls Sessions().
  [[nodiscard]] virtual size_t sessions_without_id() const = 0;

  // Fetches `path`, a path and query on the server, without checks: callers use FetchProxied.
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
  std::vector<std::string> media_roots;  // Media files are only here; empty: anywhere.
};

// `ordinal` counts the servers of the same source before it in the settings; from the second on,
// session ids carry the server's name. `client` and `clock` must outlive the server.
std::unique_ptr<MediaServer> MakeMediaServer(const MediaServerSettings& settings,
                                             http::Client& client, const Clock& clock,
                                             size_t ordinal);

// Checks whether a library's folder, given by its path on the server, is readable here.
LibraryFolder CheckLibraryFolder(const std::string& library, const std::string& server_path,
                                 const MediaServerSettings& settings);

// All servers of the settings, in their order.
std::vector<std::unique_ptr<MediaServer>> MakeMediaServers(
    const std::vector<MediaServerSettings>& settings, http::Client& client, const Clock& clock);

}  // namespace matinee::media
