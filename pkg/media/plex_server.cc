#include "media/plex_server.h"

#include <algorithm>
#include <chrono>

#include "base/strings.h"
#include "media/image_proxy.h"
#include "media/session_text.h"

namespace matinee::media {
namespace {

// A session takes about 6 KB of XML; a hundred players fit ten times over.
constexpr size_t kPlexResponseBytesMax = size_t{8} * 1024 * 1024;
// After this time, the same item on the same player is a new session.
constexpr std::chrono::minutes kPlayerLifetime{5};

constexpr std::string_view kThumbnail = "/photo/:/transcode?width=400&height=225&minSize=1&url=";

std::optional<std::string> PlexThumbnail(const PlexSession& row) {
  std::vector<std::string> paths;
  for (const std::string& thumb : row.thumbs) {
    paths.push_back(std::string(kThumbnail) + thumb);
  }
  return FirstAllowedImage(MediaServerType::kPlex, paths);
}

// The reason why the session cannot be captured, if it is known without the file.
std::optional<std::string> WhyNotCapturable(const PlexSession& row) {
  if (row.live) return "Live TV has no file to capture from.";
  if (row.streamed_extra) return "This trailer or pre-roll is streamed; it has no file.";
  if (!row.view_offset_seconds) {
    return "Plex does not report the position of this player. Wait a few seconds, or check whether "
           "the player reports its position at all.";
  }
  return std::nullopt;
}

}  // namespace

PlexServer::PlexServer(const MediaServerSettings& settings, http::Client& client,
                       const Clock& clock, size_t ordinal)
    : settings_(settings),
      clock_(clock),
      id_prefix_(SessionIdPrefix(MediaServerType::kPlex, settings.name, ordinal)),
      api_(MediaServerType::kPlex, settings.url, "application/xml",
           {"X-Plex-Token", settings.token}, client, clock),
      files_(settings.path_mappings, settings.media_roots, clock) {}

Result<std::vector<PlaybackSession>> PlexServer::Sessions() {
  PollTimes poll;
  poll.previous_requested = previous_requested_;
  poll.requested = clock_.Mono();
  const MonoTime deadline = poll.requested + kSessionsTimeMax;
  TRY_ASSIGN(const http::ClientResponse response,
             api_.Get("/status/sessions", kPlexResponseBytesMax, deadline));
  poll.received = clock_.Mono();
  TRY_ASSIGN(std::vector<PlexSession> rows, ParsePlexSessions(response.body));
  previous_requested_ = poll.requested;

  RemoveOldPlayers(poll.received);
  std::vector<PlaybackSession> sessions;
  std::map<std::string, PositionEstimator> estimators;
  without_id_ = 0;
  for (const PlexSession& row : WithoutDuplicates(std::move(rows))) {
    std::string id = SessionId(row, sessions);
    if (id.empty()) {
      ++without_id_;
      continue;
    }
    sessions.push_back(Describe(row, std::move(id), poll, estimators, deadline));
  }
  estimators_ = std::move(estimators);  // Drops the estimators of ended sessions.
  return sessions;
}

void PlexServer::RemoveOldPlayers(MonoTime now) {
  std::erase_if(players_, [now](const auto& entry) {
    return entry.second.last_seen + kPlayerLifetime < now;
  });
  if (players_.size() > kPlayersMax) players_.clear();
}

// Empty if the row does not have an id.
std::string PlexServer::SessionId(const PlexSession& row,
                                  const std::vector<PlaybackSession>& earlier) {
  const auto id =
      MakeSessionId(id_prefix_, row.session_id.empty() ? row.session_key : row.session_id);
  if (row.player_id.empty() || row.rating_key.empty()) return id.value_or("");
  KnownPlayer& known = players_[row.player_id + '\n' + row.rating_key];
  const bool is_taken = std::any_of(
      earlier.begin(), earlier.end(),
      [&known](const PlaybackSession& session) { return session.session_id == known.session_id; });
  if (known.session_id.empty() || is_taken) known.session_id = id.value_or("");
  known.last_seen = clock_.Mono();
  return known.session_id;
}

PlaybackSession PlexServer::Describe(const PlexSession& row, std::string session_id,
                                     const PollTimes& poll,
                                     std::map<std::string, PositionEstimator>& estimators,
                                     MonoTime deadline) {
  PlaybackSession session;
  session.session_id = std::move(session_id);
  session.source = MediaServerType::kPlex;
  session.server = settings_.name;
  session.title = row.title;
  session.subtitle = row.subtitle;
  session.media_type = row.media_type;
  session.year = row.year;
  session.user = row.user;
  session.player = row.player;
  session.state = row.state;
  session.duration_seconds = row.duration_seconds;
  session.thumbnail_path = PlexThumbnail(row);

  PlexFile file;
  Status found = {};
  if (const auto why = WhyNotCapturable(row)) {
    found = Fail(Code::kMediaError, *why);
  } else {
    found = FindFile(row, deadline, file, session);
  }
  session.capturable = found.has_value();
  if (!found) session.not_capturable_reason = found.error().message;

  session.position_at = clock_.Now();
  if (row.view_offset_seconds) {
    PositionEstimator& estimator = estimators[session.session_id];
    if (const auto known = estimators_.find(session.session_id); known != estimators_.end()) {
      estimator = known->second;
    }
    estimator.Observe(*row.view_offset_seconds, row.state, poll);
    session.position_seconds = estimator.PositionAt(clock_.Mono()) + file.offset_shift_seconds;
    session.position_seconds = session.PositionAt(session.position_at);  // Not beyond the end.
  }
  return session;
}

Status PlexServer::FindFile(const PlexSession& row, MonoTime deadline, PlexFile& file,
                            PlaybackSession& session) {
  if (NeedsMetadata(row)) {
    if (row.rating_key.empty()) return Fail(Code::kMediaError, "Plex has no file for this.");
    const auto& item = Metadata(row, deadline);
    if (!item) return Fail(item.error());
    TRY_ASSIGN(file, ChooseFile(row, *item));
  } else {
    TRY_ASSIGN(file, ChooseFile(row, row.media));
  }
  session.part_start_seconds = file.part_start_seconds;
  session.audio_stream_index = file.audio_stream_index;
  const auto& path = files_.Resolve(file.path);
  if (!path) return Fail(path.error());
  session.media_path = *path;
  return {};
}

const Result<std::vector<PlexMedia>>& PlexServer::Metadata(const PlexSession& row,
                                                           MonoTime deadline) {
  // An item's files change only together with its updatedAt.
  return items_.Get(row.rating_key + '\n' + row.updated_at, clock_,
                    [&]() -> Result<std::vector<PlexMedia>> {
                      TRY_ASSIGN(const http::ClientResponse response,
                                 api_.Get("/library/metadata/" + PercentEncode(row.rating_key),
                                          kPlexResponseBytesMax, deadline));
                      return ParsePlexMetadata(response.body);
                    });
}

Result<Image> PlexServer::FetchImage(const std::string& path) {
  TRY_ASSIGN(http::ClientResponse response,
             api_.Get(path, kImageBytesMax, clock_.Mono() + kImageTimeMax, "image/*"));
  return Image{response.headers["content-type"], std::move(response.body)};
}

ServerCheck PlexServer::Check() {
  const MonoTime deadline = clock_.Mono() + kCheckTimeMax;
  ServerCheck check;
  // This endpoint needs no token.
  const auto identity = api_.Get("/identity", kPlexResponseBytesMax, deadline);
  const auto version = identity ? ParsePlexVersion(identity->body) : Fail(identity.error());
  if (!version) {
    check.reachable = HasAnswered(version.error());
    check.problem = version.error().message;
    return check;
  }
  check.reachable = true;
  check.version = "Plex " + *version;
  // Only the owner's token may list the sessions of all users.
  if (const auto sessions = api_.Get("/status/sessions", kPlexResponseBytesMax, deadline);
      !sessions) {
    check.problem = sessions.error().message;
    return check;
  }
  check.authorised = true;
  const auto sections = api_.Get("/library/sections", kPlexResponseBytesMax, deadline);
  const auto libraries = sections ? ParsePlexLibraries(sections->body) : Fail(sections.error());
  if (!libraries) {
    check.problem = libraries.error().message;
    return check;
  }
  for (const auto& [library, folder] : *libraries) {
    check.folders.push_back(CheckLibraryFolder(library, folder, settings_));
  }
  return check;
}

}  // namespace matinee::media
