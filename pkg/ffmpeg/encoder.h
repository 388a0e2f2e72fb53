// Makes screenshots and clips of media files with the FFmpeg command line.
//
// Each call runs FFmpeg once, verifies the time stamps, and runs it again from an earlier seek
// point if they are wrong. Times in requests and results are media time: seconds from the beginning
// of the media, whatever time stamps the file has. Files are written exactly to the paths given
// (any name, any extension), which must be absolute; after a failure they may be incomplete, and
// the caller removes them.
//
// Errors: kMediaError (truncated, no such frame, cannot be decoded), kNotFound, kPermissionDenied,
// kInsufficientStorage, kCancelled, kDeadlineExceeded, kUnavailable; the message is a sentence for
// users. FFmpeg's own output goes to `log`.
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
#include "ffmpeg/media_file.h"
#include "ffmpeg/media_info.h"
#include "ffmpeg/progress_parser.h"
#include "ffmpeg/resources.h"
#include "process/process_runner.h"

namespace matinee::ffmpeg {

struct EncoderOptions {
  std::string ffmpeg_path = "ffmpeg";
  std::string ffprobe_path = "ffprobe";
  int threads = 1;             // FFmpeg ignores CPU quotas; jobs::FfmpegThreads knows them.
  int screenshot_quality = 2;  // JPEG -q:v, 1 (best) to 31.
  // Returns how many bytes a capture may still write; may be empty.
  std::function<int64_t()> writable_bytes = {};
  // Receives FFmpeg's error output when it fails; may be empty. Called on the caller's thread or on
  // one that the call started.
  std::function<void(std::string_view stderr_text)> log;
};

struct ScreenshotRequest {
  MediaFilePtr file;
  double at_seconds = 0;  // Clamped to the duration.
  int nice = 0;           // Above 0, it leaves the processor to others.
};

struct ScreenshotFiles {
  std::string image_path;      // JPEG, full size, square pixels.
  std::string thumbnail_path;  // JPEG, at most kThumbnailWidthMax wide; "" for none.
};

struct ScreenshotResult {
  double frame_seconds = 0;  // When the frame begins: at or before the request.
  int width = 0;
  int height = 0;
  int64_t size_bytes = 0;
};

struct ClipRequest {
  MediaFilePtr file;
  double start_seconds = 0;  // The caller has clamped: 0 <= start < end.
  double end_seconds = 0;
  std::optional<int> audio_stream_index;  // Among all streams; empty or not audio: the default.
};

struct ClipResult {
  double start_seconds = 0;     // Media time of the first frame in the file.
  double duration_seconds = 0;  // Of the file.
  int width = 0;                // As a player shows it.
  int height = 0;
  int64_t size_bytes = 0;
  bool copied = false;  // The video was copied, not encoded again.
};

// Progress from 0 to 1, never decreasing. Called on the caller's thread, a few times a second.
using ProgressCallback = std::function<void(double fraction)>;

class Encoder {
 public:
  Encoder(process::Runner& runner, EncoderOptions options);

  // Captures the frame on the screen at that time: the last whose time stamp is not after it.
  Result<ScreenshotResult> Screenshot(const MediaInfo& media, const ScreenshotRequest& request,
                                      const ScreenshotFiles& files,
                                      const process::CancelFlag* cancel);

  // Copies the stream from the keyframe at or before the start. Falls back to PreciseClip for video
  // that MP4 cannot hold, or that cannot be copied for another reason.
  // Written to `clip_path`: MP4, moov first.
  Result<ClipResult> FastClip(const MediaInfo& media, const ClipRequest& request,
                              const std::string& clip_path, const ProgressCallback& progress,
                              const process::CancelFlag* cancel);

  // Encodes exactly the frames with start <= time stamp < end.
  Result<ClipResult> PreciseClip(const MediaInfo& media, const ClipRequest& request,
                                 const std::string& clip_path, const ProgressCallback& progress,
                                 const process::CancelFlag* cancel);

  // Extracts a finished clip's poster frame: its first frame as a JPEG, at most kThumbnailWidthMax
  // wide. Separate from making the clip, because decoding that frame takes as long as copying half
  // a minute. `clip` is the analyser's result for `file`.
  Status Poster(const MediaInfo& clip, const MediaFile& file, const std::string& poster_path,
                const process::CancelFlag* cancel);

  // Estimates the memory that this work on the media file needs (see resources.h).
  [[nodiscard]] int64_t MemoryBytes(const MediaInfo& media, Work work) const;

 private:
  struct FastJob;
  struct ToolRun;
  [[nodiscard]] process::Limits LimitsFor(const VideoStream& video, Work work,
                                          const MediaFile& file, double seconds) const;
  // Runs FFmpeg or FFprobe and passes each line of its output to `on_line`.
  Status RunTool(const std::string& program, const ToolRun& run,
                 std::function<void(std::string_view)> on_line) const;
  Result<double> CopyFromSeekPoint(FastJob& job);
  Result<double> CopyFromKeyframe(FastJob& job);
  Result<ProgressParser> Copy(FastJob& job, std::optional<double> begin_stream_seconds);
  Result<Keyframe> FindKeyframe(const FastJob& job);

  process::Runner& runner_;
  const EncoderOptions options_;
};

}  // namespace matinee::ffmpeg
