#include "media/plex_server.h"

#include <algorithm>
#include <chrono>

#include "base/strings.h"
#include "media/image_proxy.h"
#include "media/session_text.h"

namespace matinee::media {
namespace {

// A session takes about 6 KB of XML; a hundred players fit ten times over.
constexpr size_t kAnswerBytesMax = size_t{8} * 1024 * 1024;
// What an item's files are changes only together with its updatedAt, which is part of the key.
constexpr std::chrono::minutes kItemFor{15};
constexpr std::chrono::seconds kFailedItemFor{5};
// Past this, the same film on the same player is a new sitting.
constexpr std::chrono::minutes kPlayerFor{5};

constexpr std::string_view kThumbnail = "/photo/:/transcode?width=400&height=225&minSize=1&url=";

// What can be told to be out of reach without asking for the file.
std::optional<std::string> WhyNever(const PlexSession& row) {
  if (row.live) return "Live TV has no file to capture from.";
  if (row.streamed_extra) return "This trailer or pre-roll is streamed; it has no file.";
  if (!row.view_offset_seconds) {
    return "Plex does not say where in the film this player is. Wait a few seconds, or see whether "
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
  poll.previous_asked = previous_asked_;
  poll.asked = clock_.Mono();
  const MonoTime deadline = poll.asked + kSessionsTimeMax;
  TRY_ASSIGN(const http::ClientResponse response,
             api_.Get("/status/sessions", kAnswerBytesMax, deadline));
  poll.answered = clock_.Mono();
  TRY_ASSIGN(std::vector<PlexSession> rows, ParsePlexSessions(response.body));
  previous_asked_ = poll.asked;

  ForgetOldPlayers(poll.answered);
  std::vector<PlaybackSession> sessions;
  std::map<std::string, PositionEstimator> anchors;
  for (const PlexSession& row : WithoutDuplicates(std::move(rows))) {
    std::string id = SessionId(row, sessions);
    if (id.empty()) continue;
    sessions.push_back(Describe(row, std::move(id), poll, anchors, deadline));
  }
  anchors_ = std::move(anchors);  // Sessions that are gone are forgotten.
  return sessions;
}

void PlexServer::ForgetOldPlayers(MonoTime now) {
  std::erase_if(players_,
                [now](const auto& entry) { return entry.second.last_seen + kPlayerFor < now; });
  if (players_.size() > kPlayersMax) players_.clear();
}

// Empty for a row that has no id of any kind.
std::string PlexServer::SessionId(const PlexSession& row,
                                  const std::vector<PlaybackSession>& taken) {
  const auto id =
      MakeSessionId(id_prefix_, row.session_id.empty() ? row.session_key : row.session_id);
  if (row.player_id.empty() || row.rating_key.empty()) return id.value_or("");
  KnownPlayer& known = players_[row.player_id + '\n' + row.rating_key];
  const bool is_taken = std::any_of(
      taken.begin(), taken.end(),
      [&known](const PlaybackSession& session) { return session.session_id == known.session_id; });
  if (known.session_id.empty() || is_taken) known.session_id = id.value_or("");
  known.last_seen = clock_.Mono();
  return known.session_id;
}

PlaybackSession PlexServer::Describe(const PlexSession& row, std::string session_id,
                                     const PollTimes& poll,
                                     std::map<std::string, PositionEstimator>& anchors,
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
  const std::string thumbnail = std::string(kThumbnail) + row.thumb;
  if (AllowedImagePath(MediaServerType::kPlex, thumbnail)) session.thumbnail_path = thumbnail;

  PlexFile file;
  Status found = {};
  if (const auto never = WhyNever(row)) {
    found = Fail(Code::kMediaError, *never);
  } else {
    found = FindFile(row, deadline, file, session);
  }
  session.capturable = found.has_value();
  if (!found) session.not_capturable_reason = found.error().message;

  session.position_at = clock_.Now();
  if (row.view_offset_seconds) {
    PositionEstimator& anchor = anchors[session.session_id];
    if (const auto known = anchors_.find(session.session_id); known != anchors_.end()) {
      anchor = known->second;
    }
    anchor.Observe(*row.view_offset_seconds, row.state, poll);
    session.position_seconds = anchor.PositionAt(clock_.Mono()) + file.offset_shift_seconds;
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
  const std::string key = row.rating_key + '\n' + row.updated_at;
  if (const auto* known = items_.Find(key, clock_.Mono())) return *known;
  Result<std::vector<PlexMedia>> item;
  const auto response =
      api_.Get("/library/metadata/" + PercentEncode(row.rating_key), kAnswerBytesMax, deadline);
  if (response) {
    item = ParsePlexMetadata(response->body);
  } else if (response.error().code == Code::kNotFound) {
    item = Fail(Code::kMediaError, "Plex has no file for this.");
  } else {
    item = Fail(response.error());
  }
  const auto keep = item ? std::chrono::seconds(kItemFor) : kFailedItemFor;
  return items_.Put(key, std::move(item), clock_.Mono() + keep);
}

Result<Image> PlexServer::FetchImage(const std::string& path) {
  TRY_ASSIGN(http::ClientResponse response,
             api_.Get(path, kPictureBytesMax, clock_.Mono() + kPictureTimeMax, "image/*"));
  return Image{response.headers["content-type"], std::move(response.body)};
}

ServerCheck PlexServer::Check() {
  const MonoTime deadline = clock_.Mono() + kCheckTimeMax;
  ServerCheck check;
  // Needs no token.
  const auto identity = api_.Get("/identity", kAnswerBytesMax, deadline);
  const auto version = identity ? ParsePlexVersion(identity->body) : Fail(identity.error());
  if (!version) {
    check.reachable = HasAnswered(version.error());
    check.problem = version.error().message;
    return check;
  }
  check.reachable = true;
  check.version = "Plex " + *version;
  // Only the owner's token may see what everybody plays.
  if (const auto sessions = api_.Get("/status/sessions", kAnswerBytesMax, deadline); !sessions) {
    check.problem = sessions.error().message;
    return check;
  }
  check.authorised = true;
  const auto sections = api_.Get("/library/sections", kAnswerBytesMax, deadline);
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
