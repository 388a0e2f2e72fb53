// What Plex's XML says, as values: /status/sessions, /library/metadata/{id}, /library/sections.
//
// Parsing never fails for a missing or odd attribute (it is then unknown), only for text that is
// not Plex's XML at all: kBadGateway.
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

// One version of an item. In a session its attributes describe what the transcoder sends, not the
// file: only the ids are of use.
struct PlexMedia {
  std::string id;
  bool selected = false;
  std::vector<PlexPart> parts;
};

// One element of /status/sessions that shows a moving picture.
struct PlexSession {
  std::string session_key;  // Of the row; a number that counts up.
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
  std::string thumb;  // A path on the server, or an address elsewhere.

  bool live = false;
  bool streamed_extra = false;  // A pre-roll or trailer that has no file of the library's.
  PlayState state = PlayState::kPlaying;
  std::optional<double> view_offset_seconds;  // The player's last report; missing is not zero.
  std::optional<double> duration_seconds;
  std::vector<PlexMedia> media;
};

Result<std::vector<PlexSession>> ParsePlexSessions(std::string_view xml);

// The versions of an item, from /library/metadata/{ratingKey}.
Result<std::vector<PlexMedia>> ParsePlexMetadata(std::string_view xml);

// {library, folder} of the libraries with films and series, from /library/sections.
Result<std::vector<std::pair<std::string, std::string>>> ParsePlexLibraries(std::string_view xml);

// The version in /identity, e.g. "1.41.3.9314-a0bfb8370"; empty if it says none.
Result<std::string> ParsePlexVersion(std::string_view xml);

// Plex sometimes gives several rows for one player. Rows are the same if they share the session
// key, the session's id, or user, player and item; of these the one that says most is kept.
std::vector<PlexSession> WithoutDuplicates(std::vector<PlexSession> rows);

// Which file is playing.
struct PlexFile {
  std::string path;
  double part_start_seconds = 0;  // Where the file begins in the item (items of several files).
  // Added to the reported position to get the item's: players differ in whether they count from the
  // beginning of the item or of the file.
  double offset_shift_seconds = 0;
  std::optional<int> audio_stream_index;
};

// Whether the row alone cannot tell the file, so that the item has to be asked for.
bool NeedsMetadata(const PlexSession& row);

// The file of `row` among `media`: the row's own, or the item's. Fails with kMediaError and a
// sentence for a person.
Result<PlexFile> ChooseFile(const PlexSession& row, const std::vector<PlexMedia>& media);

}  // namespace matinee::media
