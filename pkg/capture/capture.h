// A capture: a screenshot or a clip of a media item, from the spec to the file.
//
//            +--> cancelled <--+
//            |                 |
//   queued --+--> running -----+--> complete
//     ^             | ^  |
//     |   (crash)   | |  +--> failed
//     +-------------+ |
//            retrying-+
//
// Thread safety: plain values.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"

namespace matinee::capture {

enum class Type { kScreenshot, kClip };
std::string_view ToString(Type type);  // "screenshot", "clip"
std::optional<Type> TypeFromString(std::string_view text);

// kDeleting: the row only waits for its files to be removed; the API does not show it any more.
enum class Phase { kQueued, kRunning, kRetrying, kComplete, kFailed, kCancelled, kDeleting };
inline constexpr std::array kPhases = {Phase::kQueued,   Phase::kRunning, Phase::kRetrying,
                                       Phase::kComplete, Phase::kFailed,  Phase::kCancelled,
                                       Phase::kDeleting};
std::string_view ToString(Phase phase);  // "queued", ... as in the database and in JSON
std::optional<Phase> PhaseFromString(std::string_view text);

// Returns whether the phase changes only by a request from outside.
bool IsTerminal(Phase phase);

// Returns MediaSnap's status: "pending" until the phase is terminal, then "complete" or "failed".
std::string_view LegacyStatus(Phase phase);

// What exactly to capture, after planning. All times are seconds on the item's time line.
struct CaptureSpec {
  std::string source;  // "plex", "jellyfin", "emby"
  std::string server;  // Name of the media server in the settings.
  std::string session_id;
  std::string media_title;
  std::string media_path;         // The media file; may hold any byte but NUL.
  double part_start_seconds = 0;  // Where media_path begins in the item.
  std::optional<int> audio_stream_index;

  Type type = Type::kScreenshot;
  bool precise = false;               // Clips only.
  double start_seconds = 0;           // The time of a screenshot; the start of a clip.
  std::optional<double> end_seconds;  // Clips only.

  std::string idempotency_key;  // Empty if the client gave none.
  std::string request_key;      // The request in one canonical line.
  bool at_given = false;        // The client sent the time of the tap (part of the key).
  std::string traceparent;      // Of the request (W3C Trace Context); empty if it is not traced.
};

struct Capture {
  std::string id;  // UUID version 7.
  CaptureSpec spec;

  // What the file really holds. Until it exists: what the spec asks for.
  double timestamp_seconds = 0;
  std::optional<double> duration_seconds;  // Clips only.
  std::string file_name;                   // See FileName.
  int64_t file_size_bytes = 0;
  std::optional<int> width;
  std::optional<int> height;
  bool has_thumbnail = false;

  Phase phase = Phase::kQueued;
  double progress = 0;  // 0 to 1 while running.
  // The number of claims of this row. It never goes back, so it is the fencing token of each write.
  int attempt = 0;
  int tries = 0;               // Attempts that count towards kTriesMax, this one included.
  int crashes = 0;             // Attempts whose worker crashed; see kCrashesMax.
  std::optional<Error> error;  // Why it failed, or why it is retried.
  WallTime created_at;
  WallTime updated_at;
};

// Returns the name of a capture's file in the FileStore. Each attempt has separate names, so that
// an attempt which ends late (its worker was cut off, and another took over) can neither replace
// nor remove the files of another: "<id>.jpg" of the first, "<id>.2.jpg" of the second.
std::string FileName(const std::string& id, Type type, int attempt);
// Returns "thumbnails/<id>.jpg" for "<id>.mp4".
std::string ThumbnailName(const std::string& file_name);

std::string_view ContentType(Type type);  // "image/jpeg", "video/mp4"

}  // namespace matinee::capture
