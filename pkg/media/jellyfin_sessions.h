// What Jellyfin's and Emby's JSON says, as values: /Sessions, /Items/{id}/PlaybackInfo,
// /Library/VirtualFolders, /System/Info. The two are relatives and speak alike.
//
// Parsing never fails for a missing or odd field (it is then unknown), only for text that is not
// their JSON at all: kBadGateway.
//
// Thread safety: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "media/playback_session.h"

namespace matinee::media {

// One stream in their counting, which also counts files beside the film (subtitles).
struct JellyfinStream {
  int index = -1;
  bool audio = false;
  bool external = false;
};

// One version of an item: the item's own fields in a session, or a MediaSource of PlaybackInfo.
struct JellyfinFile {
  std::string id;    // The media source's; empty if the text has none.
  std::string path;  // As the server calls it; may be an address (.strm).
  bool remote = false;
  bool infinite = false;   // A live stream.
  std::string video_type;  // VideoFile, Iso, Dvd, BluRay; empty if unknown.
  std::optional<double> duration_seconds;
  // Nothing if the text does not list the streams.
  std::optional<std::vector<JellyfinStream>> streams;
};

// One element of /Sessions that shows a moving picture.
struct JellyfinSession {
  std::string session_id;
  std::string user_id;
  std::string item_id;
  std::string media_source_id;  // Which version plays; empty if it does not say.

  std::string title;
  std::optional<std::string> subtitle;
  std::string media_type;
  std::optional<int> year;
  std::optional<std::string> user;
  std::optional<std::string> player;
  std::optional<std::string> thumbnail_path;

  bool live = false;
  bool paused = false;
  std::optional<double> position_seconds;
  std::optional<int> audio_stream_index;  // In their counting.
  std::optional<WallTime> last_activity;  // By the server's clock: when the position was set.
  std::optional<WallTime> last_check_in;  // When the player itself last reported.
  JellyfinFile file;
};

// `source` (Jellyfin or Emby) only names the product in the error.
Result<std::vector<JellyfinSession>> ParseJellyfinSessions(MediaServerType source,
                                                           std::string_view json);

// The versions of an item.
Result<std::vector<JellyfinFile>> ParsePlaybackInfo(MediaServerType source, std::string_view json);

// {library, folder} of the libraries with films and series.
Result<std::vector<std::pair<std::string, std::string>>> ParseVirtualFolders(MediaServerType source,
                                                                             std::string_view json);

// /System/Info/Public.
struct JellyfinInfo {
  std::string version;    // Empty if it says none.
  bool jellyfin = false;  // Jellyfin names itself there; Emby does not.
};
Result<JellyfinInfo> ParseSystemInfo(MediaServerType source, std::string_view json);

// Whether the row alone cannot tell the file, so that PlaybackInfo has to be asked for.
bool NeedsPlaybackInfo(const JellyfinSession& row);

// The version of `row` among `files`; null if it cannot be told.
const JellyfinFile* ChooseFile(const JellyfinSession& row, const std::vector<JellyfinFile>& files);

// Why no capture can be made of this file, as a sentence; nothing if one can.
std::optional<std::string> WhyNotCapturable(const JellyfinFile& file);

// The index of the audio stream in the file as FFmpeg counts. Files beside the film are in the
// server's list too, and where they stand before it, they shift its numbers. Without a list, the
// server's number is taken as it is.
std::optional<int> AudioStreamIndex(const JellyfinSession& row, const JellyfinFile& file);

// Where the viewer was at `now` by the server's clock. While it plays, the server moves the
// position on by itself once a second, so that it is at most a little over a second old; unless the
// player itself has been silent for too long: then nobody knows, and the position stands still.
struct JellyfinPosition {
  double seconds = 0;
  PlayState state = PlayState::kPlaying;
};
JellyfinPosition PositionOf(const JellyfinSession& row, WallTime server_now);

}  // namespace matinee::media
