// A Jellyfin or Emby server. See media_server.h; created by MakeMediaServer.
#pragma once

#include <string>
#include <vector>

#include "media/interval_estimate.h"
#include "media/item_cache.h"
#include "media/jellyfin_sessions.h"
#include "media/media_server.h"
#include "media/media_server_client.h"
#include "media/path_mapping.h"

namespace matinee::media {

// Estimates the offset of a server's clock from the Date headers of its responses. A header has
// whole seconds and may be another second old; several of them narrow the estimate.
class ServerClock {
 public:
  void Observe(WallTime date, WallTime requested, WallTime received);
  // The server's clock at our `now`. Clocks that may agree are taken as equal: nearly all homes
  // have one time server or one machine.
  [[nodiscard]] WallTime At(WallTime now) const;

 private:
  static constexpr size_t kHeadersKept = 30;
  IntervalEstimate offset_seconds_{kHeadersKept};
};

class JellyfinServer final : public MediaServer {
 public:
  // `settings.source` is kJellyfin or kEmby.
  JellyfinServer(const MediaServerSettings& settings, http::Client& client, const Clock& clock,
                 size_t ordinal);

  [[nodiscard]] const std::string& name() const override { return settings_.name; }
  [[nodiscard]] MediaServerType source() const override { return settings_.source; }
  [[nodiscard]] const std::string& session_id_prefix() const override { return id_prefix_; }

  Result<std::vector<PlaybackSession>> Sessions() override;
  [[nodiscard]] size_t sessions_without_id() const override { return without_id_; }
  Result<Image> FetchImage(const std::string& path) override;
  ServerCheck Check() override;

 private:
  PlaybackSession Describe(const JellyfinSession& row, std::string session_id, MonoTime deadline);
  Status FindFile(const JellyfinSession& row, MonoTime deadline, PlaybackSession& session);
  const Result<std::vector<JellyfinFile>>& PlaybackInfo(const JellyfinSession& row,
                                                        MonoTime deadline);

  const MediaServerSettings settings_;
  const Clock& clock_;
  const std::string id_prefix_;
  MediaServerClient api_;
  FileResolver files_;
  ItemCache<std::vector<JellyfinFile>> items_;
  size_t without_id_ = 0;
  ServerClock server_clock_;
};

}  // namespace matinee::media
