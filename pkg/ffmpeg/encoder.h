// Makes pictures and clips out of films with the FFmpeg command line.
//
// Each call runs FFmpeg once, looks at what it did, and only where that was not the right instant
// runs it again from further back. Times in requests and results are film time: seconds from the
// beginning of the film, whatever clock the file has. Files are written exactly to the paths given
// (any name, any extension), which must be absolute; on failure they may hold half a file and are
// the caller's to remove.
//
// Errors: kMediaError (torn, no such frame, cannot be decoded), kNotFound, kPermissionDenied,
// kInsufficientStorage, kCancelled, kDeadlineExceeded, kUnavailable; the message is a sentence for
// a person. What FFmpeg itself said goes to `log`.
//
// Thread safety: all methods may be called from several threads at once.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "ffmpeg/media_info.h"
#include "ffmpeg/progress_parser.h"
#include "process/process_runner.h"

namespace matinee::ffmpeg {

struct EncoderOptions {
  std::string ffmpeg_path = "ffmpeg";
  std::string ffprobe_path = "ffprobe";
  int threads = 1;             // WORKER_CPUS, or process::CpuCount(): FFmpeg itself knows no quota.
  int screenshot_quality = 2;  // JPEG -q:v, 1 (best) to 31.
  // Told FFmpeg's own last words when it fails; may be empty. Called on the caller's thread or on
  // one that the call started.
  std::function<void(std::string_view ffmpeg_says)> log;
};

struct ScreenshotRequest {
  std::string media_path;
  double at_seconds = 0;  // Clamped to the film.
};

struct ScreenshotFiles {
  std::string picture_path;    // JPEG, full size, square pixels.
  std::string thumbnail_path;  // JPEG, at most kThumbnailWidthMax wide; "" for none.
};

struct ScreenshotResult {
  double frame_seconds = 0;  // When the frame that is shown begins: at or before what was asked.
  int width = 0;
  int height = 0;
  int64_t size_bytes = 0;
};

struct ClipRequest {
  std::string media_path;
  double start_seconds = 0;  // The caller has clamped: 0 <= start < end.
  double end_seconds = 0;
  std::optional<int> audio_stream_index;  // Among all streams; nothing, or no sound: the default.
};

struct ClipResult {
  double start_seconds = 0;     // Film time of the first picture in the file.
  double duration_seconds = 0;  // Of the file.
  int width = 0;                // As a player shows it.
  int height = 0;
  int64_t size_bytes = 0;
  bool copied = false;  // The picture is the film's own stream, not encoded anew.
};

// How far along, 0 to 1, never falling. Called on the caller's thread, a few times a second.
using ProgressCallback = std::function<void(double fraction)>;

class Encoder {
 public:
  Encoder(process::Runner& runner, EncoderOptions options);

  // The frame that is on the screen at that time: the last whose timestamp is not after it.
  Result<ScreenshotResult> Screenshot(const MediaInfo& media, const ScreenshotRequest& request,
                                      const ScreenshotFiles& files,
                                      const process::CancelFlag* cancel);

  // Copies the stream from the keyframe at or before the start. A film whose picture MP4 cannot
  // hold, or that cannot be copied for another reason, is encoded as PreciseClip does.
  // Written to `clip_path`: MP4, moov first.
  Result<ClipResult> FastClip(const MediaInfo& media, const ClipRequest& request,
                              const std::string& clip_path, const ProgressCallback& progress,
                              const process::CancelFlag* cancel);

  // Exactly the frames with start <= timestamp < end, encoded anew.
  Result<ClipResult> PreciseClip(const MediaInfo& media, const ClipRequest& request,
                                 const std::string& clip_path, const ProgressCallback& progress,
                                 const process::CancelFlag* cancel);

  // A finished clip's poster: its first picture as a JPEG, at most kThumbnailWidthMax wide. Apart
  // from making the clip, because decoding that picture takes as long as copying half a minute.
  // `clip` is what the analyser says of `clip_path`.
  Status Poster(const MediaInfo& clip, const std::string& clip_path, const std::string& poster_path,
                const process::CancelFlag* cancel);

 private:
  struct FastJob;
  Result<double> CopyWhereTheSeekLands(FastJob& job);
  Result<double> CopyFromKeyframe(FastJob& job);
  Result<ProgressParser> Copy(FastJob& job, std::optional<double> begin_stream_seconds);
  Result<Keyframe> FindKeyframe(const FastJob& job);

  process::Runner& runner_;
  const EncoderOptions options_;
};

}  // namespace matinee::ffmpeg
