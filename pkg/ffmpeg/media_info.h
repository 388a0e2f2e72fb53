// The streams and format of a media file, parsed from FFprobe's JSON, and the choice among them.
//
// Times are seconds as FFprobe prints them (fftools/ffprobe.c, "-print_format json"). Media time,
// which media servers and players use, counts from the container's start: media time = stream time
// - start_time_seconds.
//
// Thread safety: plain values and pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace matinee::ffmpeg {

// Much more than a media file has; a malicious one is rejected instead of filling the memory.
constexpr size_t kStreamsMax = 256;

struct Rational {
  int64_t numerator = 0;
  int64_t denominator = 1;
  // 0 where the denominator is 0 (FFprobe prints "0/0" for unknown).
  [[nodiscard]] double value() const {
    return denominator == 0 ? 0 : static_cast<double>(numerator) / static_cast<double>(denominator);
  }
  bool operator==(const Rational&) const = default;
};

enum class DynamicRange {
  kStandard,
  kPerceptualQuantizer,  // SMPTE ST 2084: HDR10, HDR10+, Dolby Vision with an HDR10 base.
  kHybridLogGamma,       // ARIB STD-B67.
};

struct VideoStream {
  int index = 0;  // Among all streams of the file.
  std::string codec;
  std::string profile;
  std::string pixel_format;
  int bit_depth = 8;
  int width = 0;  // As coded: before rotation and aspect ratio correction.
  int height = 0;
  Rational sample_aspect_ratio{1, 1};
  int rotation_degrees = 0;  // 0, 90, 180 or 270: the clockwise rotation by players.
  bool interlaced = false;
  DynamicRange dynamic_range = DynamicRange::kStandard;
  std::optional<int> dolby_vision_profile;
  std::string color_space;  // As FFmpeg calls it: "bt709", "smpte170m", "bt2020nc"; "" if unknown.
  Rational average_frame_rate;
  Rational real_frame_rate;
  Rational time_base;
  int reordered_frames = 0;  // has_b_frames: the reordering delay in frames.
  bool is_default = false;
  std::optional<double> start_seconds;
  std::optional<double> duration_seconds;
};

struct AudioStream {
  int index = 0;  // Among all streams of the file.
  std::string codec;
  int channels = 0;
  int sample_rate = 0;
  std::string language;  // "" if unknown.
  std::string title;
  bool is_default = false;
  std::optional<double> start_seconds;
  std::optional<double> duration_seconds;
};

// How FFmpeg's demuxer seeks, which determines the seek time (see seek.h).
enum class SeekKind {
  kByPts,       // MP4, MOV: AVFMT_SEEK_TO_PTS; the command line passes the time on unchanged.
  kByIndex,     // Matroska, AVI, ...: lands on a keyframe, but 3/23 s early with B-frames.
  kByPosition,  // MPEG-TS, MPEG-PS, Ogg: a search by time stamps that lands inside a GOP.
};

struct MediaInfo {
  std::string format;  // The demuxer's name, e.g. "matroska,webm".
  SeekKind seek_kind = SeekKind::kByIndex;
  double start_time_seconds = 0;  // Of the container; an hour and more in MPEG-TS.
  double duration_seconds = 0;    // 0 if unknown.
  int64_t size_bytes = 0;
  std::vector<VideoStream> video;  // Without cover art; never empty in what ParseProbe returns.
  std::vector<AudioStream> audio;
  // The longest measured distance between two keyframes; 0 if not measured (it is measured only for
  // SeekKind::kByPosition).
  double keyframe_distance_seconds = 0;

  // The video stream that a player shows: the default, or the first.
  [[nodiscard]] const VideoStream& MainVideo() const;
  // The audio stream with this index among all streams; if there is none, the default, or the
  // first. Null without audio.
  [[nodiscard]] const AudioStream* ChooseAudio(std::optional<int> stream_index) const;
};

// The size that a player shows: with square pixels (width stretched, to an even number) and
// rotated.
struct Size {
  int width = 0;
  int height = 0;
  bool operator==(const Size&) const = default;
};
Size DisplaySize(const VideoStream& video);

// Parses FFprobe's output for ProbeArguments (args.h). Any bytes are safe. Fails with kMediaError
// and a sentence if there is no video to capture, or if it is not FFprobe's JSON.
Result<MediaInfo> ParseProbe(std::string_view json);

struct Keyframe {
  double shown_seconds = 0;    // Stream times. With reordered frames, a keyframe is decoded before
  double decoded_seconds = 0;  // it is shown.
  bool operator==(const Keyframe&) const = default;
};

// Parses FFprobe's packets (lines "pts_time,dts_time,flags", from ProbeKeyframesArguments). Returns
// the keyframes in presentation order. Skips malformed lines.
std::vector<Keyframe> ParseKeyframes(std::string_view csv);

}  // namespace matinee::ffmpeg
