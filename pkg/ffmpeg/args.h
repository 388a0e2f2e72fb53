// Builds the arguments of FFmpeg and FFprobe.
//
// Every path becomes "file:<absolute path>", so that a leading dash, a colon, a percent sign or a
// name like "http:..." is only a name. Inputs are opened as local files (-protocol_whitelist) and
// only by the demuxers of media containers (-format_whitelist), so that a playlist cannot open
// other files or hosts.
//
// Each command also prints what it did on stdout; progress_parser.h parses that.
//
// Thread safety: pure functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ffmpeg/media_info.h"

namespace matinee::ffmpeg {

using Arguments = std::vector<std::string>;  // Without argv[0].

// FFprobe prints the JSON that ParseProbe reads.
Arguments ProbeArguments(const std::string& media_path);

// FFprobe prints the lines that ParseKeyframes reads: the packets of one stream between two stream
// times.
Arguments ProbeKeyframesArguments(const std::string& media_path, int stream_index,
                                  double from_stream_seconds, double to_stream_seconds);

struct ScreenshotPlan {
  std::string media_path;
  double at_stream_seconds = 0;
  double seek_seconds = 0;       // From SeekSeconds.
  bool skip_far_fields = false;  // Interlaced: do not deinterlace long before the frame.
  int quality = 2;
  int threads = 1;
  std::string image_path;
  std::string thumbnail_path;  // "": none.
};
// Prints the time stamp of every decoded frame.
Arguments ScreenshotArguments(const VideoStream& video, const ScreenshotPlan& plan);

struct ClipPlan {
  std::string media_path;
  double start_stream_seconds = 0;
  double end_stream_seconds = 0;
  double seek_seconds = 0;
  const AudioStream* audio = nullptr;  // Null: a silent clip.
  // Where the audio ends within the clip, if it does: without it FFmpeg would read the file to its
  // end in search of more.
  std::optional<double> audio_end_stream_seconds;
  int threads = 1;
  std::string clip_path;
};
// Prints the time stamps of the first decoded frame and of the first frame of the clip, and
// progress.
Arguments PreciseClipArguments(const VideoStream& video, const ClipPlan& plan);

// Copies the video from the first keyframe after the seek; prints the first video and audio
// packets, and progress. With `begin_stream_seconds`, the decoding time of a keyframe, earlier
// packets are dropped; the clip and the printed packets then count from there.
Arguments FastClipArguments(const VideoStream& video, const ClipPlan& plan,
                            std::optional<double> begin_stream_seconds);

// Whether a fast clip copies the audio.
bool CopiesAudio(const ClipPlan& plan);

// Extracts the poster frame of a clip. `video` is the clip's.
Arguments PosterArguments(const VideoStream& video, const std::string& clip_path,
                          const std::string& poster_path);

// Whether MP4 can hold the stream without re-encoding (measured with FFmpeg 5.1's muxer).
bool CanCopyVideoToMp4(const VideoStream& video);
bool CanCopyAudioToMp4(const AudioStream& audio);

}  // namespace matinee::ffmpeg
