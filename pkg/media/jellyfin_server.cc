#include "media/jellyfin_server.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "base/strings.h"
#include "media/session_text.h"

namespace matinee::media {
namespace {

// A session takes 5 to 20 KB, and one that plays music drags its whole queue along.
constexpr size_t kAnswerBytesMax = size_t{16} * 1024 * 1024;
constexpr std::chrono::minutes kItemFor{15};
constexpr std::chrono::seconds kFailedItemFor{5};

double Seconds(Micros span) {
  return std::chrono::duration<double>(span).count();
}

// Where Jellyfin and Emby differ.
struct Flavour {
  // Emby's API lies under /emby; Jellyfin's at the root.
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
  // Jellyfin 12 takes only this form, and 10.8 takes it too. Nothing but the token: naming a device
  // would rename the one that the token belongs to.
  return {url, {"Authorization", Secret("MediaBrowser Token=\"" + settings.token.Reveal() + "\"")}};
}

}  // namespace

void ServerClock::Observe(WallTime date, WallTime asked, WallTime answered) {
  // The header was true at some time of the exchange, or up to two seconds before.
  ahead_seconds_.Add({Seconds(date - answered), Seconds(date - asked) + 2});
}

WallTime ServerClock::At(WallTime now) const {
  const auto ahead = ahead_seconds_.Get();
  if (!ahead || (ahead->low <= 0 && ahead->high >= 0)) return now;
  return now + std::chrono::duration_cast<Micros>(std::chrono::duration<double>(ahead->Middle()));
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
  const WallTime asked = clock_.Now();
  TRY_ASSIGN(http::ClientResponse response, api_.Get("/Sessions", kAnswerBytesMax, deadline));
  if (const auto date = ParseHttpDate(response.headers["date"])) {
    server_clock_.Observe(*date, asked, clock_.Now());
  }
  TRY_ASSIGN(const std::vector<JellyfinSession> rows,
             ParseJellyfinSessions(settings_.source, response.body));
  std::vector<PlaybackSession> sessions;
  for (const JellyfinSession& row : rows) {
    auto id = MakeSessionId(id_prefix_, row.session_id);
    if (!id) continue;
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
  session.year = row.year;
  session.user = row.user;
  session.player = row.player;
  session.thumbnail_path = row.thumbnail_path;
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
  // What the session itself says of the item may be reason enough; nobody else need be asked.
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
    return Fail(Code::kMediaError,
                "The media server does not say where in the film this player is.");
  }
  return {};
}

const Result<std::vector<JellyfinFile>>& JellyfinServer::PlaybackInfo(const JellyfinSession& row,
                                                                      MonoTime deadline) {
  const std::string key = row.item_id + '\n' + row.media_source_id;
  if (const auto* known = items_.Find(key, clock_.Mono())) return *known;
  // An API key belongs to no user; Jellyfin 10.8 wants one all the same, and it has to be one who
  // may see the item: the one who is watching it.
  const auto response = api_.Get(
      "/Items/" + PercentEncode(row.item_id) + "/PlaybackInfo?userId=" + PercentEncode(row.user_id),
      kAnswerBytesMax, deadline);
  Result<std::vector<JellyfinFile>> item;
  if (response) {
    item = ParsePlaybackInfo(settings_.source, response->body);
  } else if (response.error().code == Code::kNotFound) {
    item = Fail(Code::kMediaError, "The media server has no file for this.");
  } else {
    item = Fail(response.error());
  }
  const auto keep = item ? std::chrono::seconds(kItemFor) : kFailedItemFor;
  return items_.Put(key, std::move(item), clock_.Mono() + keep);
}

Result<Image> JellyfinServer::FetchImage(const std::string& path) {
  TRY_ASSIGN(http::ClientResponse response,
             api_.Get(path, kPictureBytesMax, clock_.Mono() + kPictureTimeMax, "image/*"));
  return Image{response.headers["content-type"], std::move(response.body)};
}

ServerCheck JellyfinServer::Check() {
  const MonoTime deadline = clock_.Mono() + kCheckTimeMax;
  const MediaServerType source = settings_.source;
  ServerCheck check;
  // Needs no key.
  const auto info = api_.Get("/System/Info/Public", kAnswerBytesMax, deadline);
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
    check.problem = fmt::format("{} leads to a server of {}. Use {} and {} for it.",
                                ProductOf(source).url_setting, found.name, found.url_setting,
                                found.token_setting);
    return check;
  }
  // A key may see all sessions; a user's token sees that user's only, and no libraries.
  const auto answer = api_.Get("/Library/VirtualFolders", kAnswerBytesMax, deadline);
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
