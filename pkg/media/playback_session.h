// A playback session of a media server, in one form for Plex, Jellyfin and Emby.
//
// Thread safety: plain values.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace matinee::media {

enum class MediaServerType { kPlex, kJellyfin, kEmby };
std::string_view ToString(MediaServerType source);  // "plex", "jellyfin", "emby"
std::optional<MediaServerType> MediaServerTypeFromString(std::string_view text);

enum class PlayState { kPlaying, kPaused, kBuffering };
std::string_view ToString(PlayState state);

struct PlaybackSession {
  std::string session_id;  // "plex-…", "jf-…", "emby-…"; stable during playback.
  MediaServerType source = MediaServerType::kPlex;
  std::string server;                   // The media server's name in the settings.
  std::string title;                    // Of the movie or the series.
  std::optional<std::string> subtitle;  // "S05E14 — Ozymandias"
  std::string media_type;               // movie, episode, video, trailer, live_tv, ...
  std::optional<int> year;
  std::optional<std::string> user;
  std::optional<std::string> player;  // The device's or client's name.
  // On the media server, e.g. "/Items/…/Images/Primary?…".
  std::optional<std::string> thumbnail_path;

  PlayState state = PlayState::kPlaying;
  double position_seconds = 0;  // In the item, at position_at.
  WallTime position_at;
  std::optional<double> duration_seconds;

  std::string media_path;         // Local path (mapped); empty if unknown.
  double part_start_seconds = 0;  // Offset of media_path in a multi-part item.
  // Index among *all* streams of the file; empty: the file's default.
  std::optional<int> audio_stream_index;

  bool capturable = false;
  std::string not_capturable_reason;  // A sentence for users; empty if capturable.

  // The position at `now`: advances only while playing; within 0 and the duration.
  [[nodiscard]] double PositionAt(WallTime now) const;

  bool operator==(const PlaybackSession&) const = default;
};

}  // namespace matinee::media
