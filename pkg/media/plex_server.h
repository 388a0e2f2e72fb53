// A Plex Media Server. See media_server.h; created by MakeMediaServer.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "media/item_cache.h"
#include "media/media_server.h"
#include "media/media_server_client.h"
#include "media/path_mapping.h"
#include "media/plex_sessions.h"
#include "media/position_estimator.h"

namespace matinee::media {

class PlexServer final : public MediaServer {
 public:
  PlexServer(const MediaServerSettings& settings, http::Client& client, const Clock& clock,
             size_t ordinal);

  [[nodiscard]] const std::string& name() const override { return settings_.name; }
  [[nodiscard]] MediaServerType source() const override { return MediaServerType::kPlex; }
  [[nodiscard]] const std::string& session_id_prefix() const override { return id_prefix_; }

  Result<std::vector<PlaybackSession>> Sessions() override;
  [[nodiscard]] size_t sessions_without_id() const override { return without_id_; }
  Result<Image> FetchImage(const std::string& path) override;
  ServerCheck Check() override;

 private:
  // Plex starts a new session when a player restarts, for instance with another quality. As long as
  // the player plays the same item, its session keeps its id.
  struct KnownPlayer {
    std::string session_id;
    MonoTime last_seen;
  };

  void RemoveOldPlayers(MonoTime now);
  std::string SessionId(const PlexSession& row, const std::vector<PlaybackSession>& earlier);
  PlaybackSession Describe(const PlexSession& row, std::string session_id, const PollTimes& poll,
                           std::map<std::string, PositionEstimator>& estimators, MonoTime deadline);
  Status FindFile(const PlexSession& row, MonoTime deadline, PlexFile& file,
                  PlaybackSession& session);
  const Result<std::vector<PlexMedia>>& Metadata(const PlexSession& row, MonoTime deadline);

  static constexpr size_t kPlayersMax = 256;

  const MediaServerSettings settings_;
  const Clock& clock_;
  const std::string id_prefix_;
  MediaServerClient api_;
  FileResolver files_;
  ItemCache<std::vector<PlexMedia>> items_;
  std::map<std::string, KnownPlayer> players_;           // By player and item.
  std::map<std::string, PositionEstimator> estimators_;  // By session id.
  std::optional<MonoTime> previous_requested_;
  size_t without_id_ = 0;
};

}  // namespace matinee::media
