// Parses the JSON of Jellyfin and Emby, whose APIs are alike: /Sessions, /Items/{id}/PlaybackInfo,
// /Library/VirtualFolders, /System/Info.
//
// A missing or odd field is unknown and not a failure. Text that is not their JSON fails with
// kBadGateway.
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

// A stream with the server's index, which also counts external files (subtitles).
struct JellyfinStream {
  int index = -1;
  bool audio = false;
  bool external = false;
};

// One version of an item: the item's own fields in a session, or a MediaSource of PlaybackInfo.
struct JellyfinFile {
  std::string id;    // The media source's; empty if the text has none.
  std::string path;  // The path on the server; may be an address (.strm).
  bool remote = false;
  bool infinite = false;   // A live stream.
  std::string video_type;  // VideoFile, Iso, Dvd, BluRay; empty if unknown.
  std::optional<double> duration_seconds;
  // Empty if the text does not list the streams.
  std::optional<std::vector<JellyfinStream>> streams;
};

// One element of /Sessions that plays video.
struct JellyfinSession {
  std::string session_id;
  std::string user_id;
  std::string item_id;
  std::string media_source_id;  // The version that plays; empty if unknown.

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
  std::optional<int> audio_stream_index;  // The server's index.
  std::optional<WallTime> last_activity;  // By the server's clock: when the position was set.
  std::optional<WallTime> last_check_in;  // When the player itself last reported.
  JellyfinFile file;
};

// `source` (Jellyfin or Emby) only names the product in the error.
Result<std::vector<JellyfinSession>> ParseJellyfinSessions(MediaServerType source,
                                                           std::string_view json);

// The versions of an item.
Result<std::vector<JellyfinFile>> ParsePlaybackInfo(MediaServerType source, std::string_view json);

// {library, folder} of the libraries of movies and series.
Result<std::vector<std::pair<std::string, std::string>>> ParseVirtualFolders(MediaServerType source,
                                                                             std::string_view json);

// /System/Info/Public.
struct JellyfinInfo {
  std::string version;    // Empty if missing.
  bool jellyfin = false;  // Jellyfin sends its product name; Emby does not.
};
Result<JellyfinInfo> ParseSystemInfo(MediaServerType source, std::string_view json);

// Whether the row does not determine the file, so that PlaybackInfo is needed.
bool NeedsPlaybackInfo(const JellyfinSession& row);

// The version of `row` among `files`; null if it cannot be determined.
const JellyfinFile* ChooseFile(const JellyfinSession& row, const std::vector<JellyfinFile>& files);

// The reason why this file cannot be captured, as a sentence; empty if it can.
std::optional<std::string> WhyNotCapturable(const JellyfinFile& file);

// The index of the audio stream in the file as FFmpeg counts. External files are in the server's
// list too and shift the numbers of the streams after them. Without a list, the server's number is
// used as it is.
std::optional<int> AudioStreamIndex(const JellyfinSession& row, const JellyfinFile& file);

// The viewer's position at `server_now`, by the server's clock. While it plays, the server itself
// advances the position once a second, so it is at most a little over a second old. If the player
// has not reported for too long, the position is unknown and stands still.
struct JellyfinPosition {
  double seconds = 0;
  PlayState state = PlayState::kPlaying;
};
JellyfinPosition PositionOf(const JellyfinSession& row, WallTime server_now);

}  // namespace matinee::media
