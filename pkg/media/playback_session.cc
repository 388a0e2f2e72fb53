#include "media/playback_session.h"

#include <algorithm>
#include <array>
#include <utility>

namespace matinee::media {
namespace {

constexpr std::array<std::pair<MediaServerType, std::string_view>, 3> kSources = {{
    {MediaServerType::kPlex, "plex"},
    {MediaServerType::kJellyfin, "jellyfin"},
    {MediaServerType::kEmby, "emby"},
}};

}  // namespace

std::string_view ToString(MediaServerType source) {
  return kSources.at(static_cast<size_t>(source)).second;
}

std::optional<MediaServerType> MediaServerTypeFromString(std::string_view text) {
  for (const auto& [source, name] : kSources) {
    if (name == text) return source;
  }
  return std::nullopt;
}

std::string_view ToString(PlayState state) {
  switch (state) {
    case PlayState::kPlaying:
      return "playing";
    case PlayState::kPaused:
      return "paused";
    case PlayState::kBuffering:
      return "buffering";
  }
  return "playing";
}

double PlaybackSession::PositionAt(WallTime now) const {
  double position = position_seconds;
  if (state == PlayState::kPlaying) {
    position += std::chrono::duration<double>(now - position_at).count();
  }
  if (duration_seconds) position = std::min(position, *duration_seconds);
  return std::max(position, 0.0);
}

}  // namespace matinee::media
