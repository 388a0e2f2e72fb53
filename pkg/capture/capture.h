// A capture: a screenshot or a clip of a media item, from the spec to the file.
//
// Thread safety: plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "jobs/job_state.h"

namespace matinee::capture {

enum class Type { kScreenshot, kClip };
std::string_view ToString(Type type);  // "screenshot", "clip"
std::optional<Type> TypeFromString(std::string_view text);

// A capture is a job: its row holds the state of the job, and what is captured.
using jobs::IsTerminal;
using jobs::kPhases;
using jobs::Phase;
using jobs::PhaseFromString;
using jobs::ToString;

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
  // The address of the client, for its fair share; empty if it is not known. It is stored until the
  // capture is complete, and never read back.
  std::string client;
};

struct Capture : jobs::JobState {
  // The id is a UUID version 7.
  CaptureSpec spec;
  bool bulk = false;  // It waits behind the captures of clients with fewer: see kFairShare.

  // What the file really holds. Until it exists: what the spec asks for.
  double timestamp_seconds = 0;
  std::optional<double> duration_seconds;  // Clips only.
  std::string file_name;                   // See FileName.
  int64_t file_size_bytes = 0;
  std::optional<int> width;
  std::optional<int> height;
  bool has_thumbnail = false;
};

// Returns the name of a capture's file in the FileStore. Each attempt has separate names, so that
// an attempt which ends late (its worker was cut off, and another took over) can neither replace
// nor remove the files of another: "<id>.jpg" of the first, "<id>.2.jpg" of the second.
std::string FileName(const std::string& id, Type type, int attempt);
// The folder of the FileStore that has the thumbnails.
inline constexpr char kThumbnailFolder[] = "thumbnails";
// Returns "thumbnails/<id>.jpg" for "<id>.mp4".
std::string ThumbnailName(const std::string& file_name);

std::string_view ContentType(Type type);  // "image/jpeg", "video/mp4"

}  // namespace matinee::capture
