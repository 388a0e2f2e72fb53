#include "media/jellyfin_server.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "base/strings.h"
#include "media/image_proxy.h"
#include "media/session_text.h"

namespace matinee::media {
namespace {

// A session takes 5 to 20 KB; one that plays music includes its whole queue.
constexpr size_t kJellyfinResponseBytesMax = size_t{16} * 1024 * 1024;

double Seconds(Micros span) {
  return std::chrono::duration<double>(span).count();
}

// The differences between Jellyfin and Emby.
struct Flavour {
  // Emby's API is under /emby, Jellyfin's at the root.
  std::string base_url;
  std::pair<std::string, Secret> secret_header;
};

Flavour FlavourOf(const MediaServerSettings& settings) {
  std::string url = settings.url;
  while (url.ends_with('/')) url.pop_back();
  if (settings.source == MediaServerType::kEmby) {
    if (!ToLower(url).ends_with("/emby")) url += "/emby";
    return {url, {"X-Emby-Token", settings.token}};
  }
  // Jellyfin 12 accepts only this form; 10.8 accepts it too. It carries only the token: a device
  // name would rename the device that the token belongs to.
  return {url, {"Authorization", Secret("MediaBrowser Token=\"" + settings.token.Reveal() + "\"")}};
}

}  // namespace

void ServerClock::Observe(WallTime date, WallTime requested, WallTime received) {
  // The header was true at some time of the exchange, or up to two seconds before.
  offset_seconds_.Add({Seconds(date - received), Seconds(date - requested) + 2});
}

WallTime ServerClock::At(WallTime now) const {
  const auto offset = offset_seconds_.Get();
  if (!offset || (offset->low <= 0 && offset->high >= 0)) return now;
  return now + std::chrono::duration_cast<Micros>(std::chrono::duration<double>(offset->Middle()));
}

JellyfinServer::JellyfinServer(const MediaServerSettings& settings, http::Client& client,
                               const Clock& clock, size_t ordinal)
    : settings_(settings),
      clock_(clock),
      id_prefix_(SessionIdPrefix(settings.source, settings.name, ordinal)),
      api_(settings.source, FlavourOf(settings).base_url, "application/json",
           FlavourOf(settings).secret_header, client, clock),
      files_(settings.path_mappings, settings.media_roots, clock) {}

Result<std::vector<PlaybackSession>> JellyfinServer::Sessions() {
  const MonoTime deadline = clock_.Mono() + kSessionsTimeMax;
  const WallTime requested = clock_.Now();
  TRY_ASSIGN(http::ClientResponse response,
             api_.Get("/Sessions", kJellyfinResponseBytesMax, deadline));
  if (const auto date = ParseHttpDate(response.headers["date"])) {
    server_clock_.Observe(*date, requested, clock_.Now());
  }
  TRY_ASSIGN(const std::vector<JellyfinSession> rows,
             ParseJellyfinSessions(settings_.source, response.body));
  std::vector<PlaybackSession> sessions;
  without_id_ = 0;
  for (const JellyfinSession& row : rows) {
    auto id = MakeSessionId(id_prefix_, row.session_id);
    if (!id) {
      ++without_id_;
      continue;
    }
    sessions.push_back(Describe(row, *std::move(id), deadline));
  }
  return sessions;
}

PlaybackSession JellyfinServer::Describe(const JellyfinSession& row, std::string session_id,
                                         MonoTime deadline) {
  PlaybackSession session;
  session.session_id = std::move(session_id);
  session.source = settings_.source;
  session.server = settings_.name;
  session.title = row.title;
  session.subtitle = row.subtitle;
  session.media_type = row.media_type;
  session.year = KnownYear(row.year);
  session.user = row.user;
  session.player = row.player;
  if (row.thumbnail_path) {
    session.thumbnail_path = FirstAllowedImage(settings_.source, {*row.thumbnail_path});
  }
  session.duration_seconds = row.file.duration_seconds;

  const Status found = FindFile(row, deadline, session);
  session.capturable = found.has_value();
  if (!found) session.not_capturable_reason = found.error().message;

  session.position_at = clock_.Now();
  const JellyfinPosition position = PositionOf(row, server_clock_.At(session.position_at));
  session.state = position.state;
  session.position_seconds = position.seconds;
  session.position_seconds = session.PositionAt(session.position_at);  // Not beyond the end.
  return session;
}

Status JellyfinServer::FindFile(const JellyfinSession& row, MonoTime deadline,
                                PlaybackSession& session) {
  if (row.live) return Fail(Code::kMediaError, "Live TV has no file to capture from.");
  const JellyfinFile* file = &row.file;
  // The session's own data may be reason enough; PlaybackInfo is then not requested.
  if (!row.file.path.empty()) {
    if (const auto why = WhyNotCapturable(row.file)) return Fail(Code::kMediaError, *why);
  }
  if (NeedsPlaybackInfo(row)) {
    const auto& versions = PlaybackInfo(row, deadline);
    if (!versions) return Fail(versions.error());
    file = ChooseFile(row, *versions);
    if (file == nullptr) {
      return Fail(Code::kMediaError, "The media server does not say which version is playing.");
    }
  }
  if (const auto why = WhyNotCapturable(*file)) return Fail(Code::kMediaError, *why);
  if (file->duration_seconds) session.duration_seconds = file->duration_seconds;
  session.audio_stream_index = AudioStreamIndex(row, *file);
  const auto& path = files_.Resolve(file->path);
  if (!path) return Fail(path.error());
  session.media_path = *path;
  if (!row.position_seconds) {
    return Fail(Code::kMediaError, "The media server does not report the position of this player.");
  }
  return {};
}

const Result<std::vector<JellyfinFile>>& JellyfinServer::PlaybackInfo(const JellyfinSession& row,
                                                                      MonoTime deadline) {
  // An API key does not belong to a user, but Jellyfin 10.8 requires a user who may see the item:
  // the one who is watching it.
  return items_.Get(row.item_id + '\n' + row.media_source_id, clock_,
                    [&]() -> Result<std::vector<JellyfinFile>> {
                      TRY_ASSIGN(const http::ClientResponse response,
                                 api_.Get("/Items/" + PercentEncode(row.item_id) +
                                              "/PlaybackInfo?userId=" + PercentEncode(row.user_id),
                                          kJellyfinResponseBytesMax, deadline));
                      return ParsePlaybackInfo(settings_.source, response.body);
                    });
}

Result<Image> JellyfinServer::FetchImage(const std::string& path) {
  TRY_ASSIGN(http::ClientResponse response,
             api_.Get(path, kImageBytesMax, clock_.Mono() + kImageTimeMax, "image/*"));
  return Image{response.headers["content-type"], std::move(response.body)};
}

ServerCheck JellyfinServer::Check() {
  const MonoTime deadline = clock_.Mono() + kCheckTimeMax;
  const MediaServerType source = settings_.source;
  ServerCheck check;
  // This endpoint needs no API key.
  const auto info = api_.Get("/System/Info/Public", kJellyfinResponseBytesMax, deadline);
  const auto system = info ? ParseSystemInfo(source, info->body) : Fail(info.error());
  if (!system) {
    check.reachable = HasAnswered(system.error());
    check.problem = system.error().message;
    return check;
  }
  check.reachable = true;
  const Product& found =
      ProductOf(system->jellyfin ? MediaServerType::kJellyfin : MediaServerType::kEmby);
  check.version = std::string(found.name) + " " + system->version;
  if (system->jellyfin != (source == MediaServerType::kJellyfin)) {
    check.problem = fmt::format("{} points to {}, not {}. Use {} and {} instead.",
                                ProductOf(source).url_setting, found.name, ProductOf(source).name,
                                found.url_setting, found.token_setting);
    return check;
  }
  // An API key sees all sessions; a user's token sees only that user's, and not the libraries.
  const auto answer = api_.Get("/Library/VirtualFolders", kJellyfinResponseBytesMax, deadline);
  const auto libraries = answer ? ParseVirtualFolders(source, answer->body) : Fail(answer.error());
  if (!libraries) {
    check.problem = libraries.error().message;
    return check;
  }
  check.authorised = true;
  for (const auto& [library, folder] : *libraries) {
    check.folders.push_back(CheckLibraryFolder(library, folder, settings_));
  }
  return check;
}

}  // namespace matinee::media
