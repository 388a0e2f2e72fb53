// What a media server says is playing now, in one form for Plex, Jellyfin and Emby.
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
  std::string session_id;  // "plex-…", "jf-…", "emby-…"; stable while it plays.
  MediaServerType source = MediaServerType::kPlex;
  std::string server;                   // The media server's name in the settings.
  std::string title;                    // Film, or show.
  std::optional<std::string> subtitle;  // "S05E14 — Ozymandias"
  std::string media_type;               // movie, episode, video, trailer, live_tv, ...
  std::optional<int> year;
  std::optional<std::string> user;
  std::optional<std::string> player;  // The device's or client's name.
  std::optional<std::string>
      thumbnail_path;  // On the media server, e.g. "/Items/…/Images/Primary?…"

  PlayState state = PlayState::kPlaying;
  double position_seconds = 0;  // In the item's own time line, when it was true:
  WallTime position_at;
  std::optional<double> duration_seconds;

  std::string media_path;         // As we can open it (mapped); empty if unknown.
  double part_start_seconds = 0;  // Where media_path begins in the item (multi-part items).
  // Index among *all* streams of the file, as the viewer hears it; nothing: the file's default.
  std::optional<int> audio_stream_index;

  bool capturable = false;
  std::string not_capturable_reason;  // A sentence for a person; empty if capturable.

  // Where the viewer is at `now`: moves on only while playing; within 0 and the duration.
  [[nodiscard]] double PositionAt(WallTime now) const;
};

}  // namespace matinee::media
