// Parses Plex's XML: /status/sessions, /library/metadata/{id}, /library/sections.
//
// A missing or odd attribute is unknown and not a failure. Text that is not Plex's XML fails with
// kBadGateway.
//
// Thread safety: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "media/playback_session.h"

namespace matinee::media {

struct PlexStream {
  std::string id;
  std::optional<int> index;  // In the file, as FFmpeg counts; external streams have none.
  bool audio = false;
  bool selected = false;
};

struct PlexPart {
  std::string id;
  std::string file;  // Empty in the sessions of players that transcode (since Plex 1.4.4, 2017).
  std::optional<double> duration_seconds;
  bool selected = false;
  std::vector<PlexStream> streams;
};

// One version of an item. In a session its attributes describe the transcoder's output, not the
// file: only the ids are useful.
struct PlexMedia {
  std::string id;
  bool selected = false;
  std::vector<PlexPart> parts;
};

// One element of /status/sessions that plays video.
struct PlexSession {
  std::string session_key;  // Of the row; an increasing number.
  std::string session_id;   // Of the Session element, which DLNA and old players lack.
  std::string rating_key;   // The item's id; empty for some live TV.
  std::string updated_at;   // Changes when the item's files change.
  std::string player_id;
  std::string user_id;

  std::string title;
  std::optional<std::string> subtitle;
  std::string media_type;
  std::optional<int> year;
  std::optional<std::string> user;
  std::optional<std::string> player;
  // Paths on the server or other addresses, the best first: of the item, its season, its series,
  // the channel of live TV. Not checked.
  std::vector<std::string> thumbs;

  bool live = false;
  bool streamed_extra = false;  // A pre-roll or trailer without a file in the library.
  PlayState state = PlayState::kPlaying;
  std::optional<double> view_offset_seconds;  // The player's last report; missing is not zero.
  std::optional<double> duration_seconds;
  std::vector<PlexMedia> media;
};

Result<std::vector<PlexSession>> ParsePlexSessions(std::string_view xml);

// The versions of an item, from /library/metadata/{ratingKey}.
Result<std::vector<PlexMedia>> ParsePlexMetadata(std::string_view xml);

// {library, folder} of the libraries of movies and series, from /library/sections.
Result<std::vector<std::pair<std::string, std::string>>> ParsePlexLibraries(std::string_view xml);

// The version in /identity, e.g. "1.41.3.9314-a0bfb8370"; empty if missing.
Result<std::string> ParsePlexVersion(std::string_view xml);

// Removes duplicate rows: Plex sometimes returns several for one player. Rows are duplicates if
// they share the session key, the session's id, or user, player and item; the most complete one is
// kept.
std::vector<PlexSession> WithoutDuplicates(std::vector<PlexSession> rows);

// The file that is playing.
struct PlexFile {
  std::string path;
  double part_start_seconds = 0;  // Offset of the file in an item of several files.
  // Added to the reported position to get the position in the item: some players count from the
  // beginning of the item, some from the beginning of the file.
  double offset_shift_seconds = 0;
  std::optional<int> audio_stream_index;
};

// Whether the row does not determine the file, so that the item's metadata is needed.
bool NeedsMetadata(const PlexSession& row);

// The file of `row` among `media`, which is the row's or the item's. Fails with kMediaError and a
// sentence for users.
Result<PlexFile> ChooseFile(const PlexSession& row, const std::vector<PlexMedia>& media);

}  // namespace matinee::media
