// A Plex Media Server. See media_server.h; made by MakeMediaServer.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "media/bounded_cache.h"
#include "media/media_server.h"
#include "media/path_mapping.h"
#include "media/plex_sessions.h"
#include "media/position_anchor.h"
#include "media/server_api.h"

namespace matinee::media {

class PlexServer final : public MediaServer {
 public:
  PlexServer(const MediaServerSettings& settings, http::Client& client, const Clock& clock,
             size_t nth_of_its_kind);

  [[nodiscard]] const std::string& name() const override { return settings_.name; }
  [[nodiscard]] Source source() const override { return Source::kPlex; }
  [[nodiscard]] const std::string& session_id_prefix() const override { return id_prefix_; }

  Result<std::vector<PlaybackSession>> Sessions() override;
  Result<Picture> FetchPicture(const std::string& path) override;
  ServerCheck Check() override;

 private:
  // A player gets a new session when it restarts, for instance with another quality. As long as it
  // plays the same item it keeps the id that the page knows.
  struct KnownPlayer {
    std::string session_id;
    MonoTime last_seen;
  };

  void ForgetOldPlayers(MonoTime now);
  std::string SessionId(const PlexRow& row, const std::vector<PlaybackSession>& taken);
  PlaybackSession Describe(const PlexRow& row, std::string session_id, const PollTimes& poll,
                           std::map<std::string, PositionAnchor>& anchors, MonoTime deadline);
  Status FindFile(const PlexRow& row, MonoTime deadline, PlexFile& file, PlaybackSession& session);
  const Result<std::vector<PlexMedia>>& Metadata(const PlexRow& row, MonoTime deadline);

  // A home plays a handful of films at once.
  static constexpr size_t kItemsMax = 64;
  static constexpr size_t kPlayersMax = 256;

  const MediaServerSettings settings_;
  const Clock& clock_;
  const std::string id_prefix_;
  ServerApi api_;
  FileResolver files_;
  BoundedCache<Result<std::vector<PlexMedia>>> items_{kItemsMax};
  std::map<std::string, KnownPlayer> players_;     // By player and item.
  std::map<std::string, PositionAnchor> anchors_;  // By session id.
  std::optional<MonoTime> previous_asked_;
};

}  // namespace matinee::media
