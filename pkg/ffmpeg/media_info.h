// What is inside a film: FFprobe's JSON as plain values, and the choices that follow from it.
//
// Times are seconds as FFprobe prints them (fftools/ffprobe.c, "-print_format json"). Film time,
// the time that media servers and people speak of, counts from the container's start: film time =
// stream time - start_time_seconds.
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

// Much more than a film has; a hostile one is refused instead of filling the memory.
constexpr size_t kStreamsMax = 256;

struct Rational {
  int64_t numerator = 0;
  int64_t denominator = 1;
  // 0 where the denominator is 0 (FFprobe's word for unknown is "0/0").
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
  int width = 0;  // As coded: before rotation and before the pixels are made square.
  int height = 0;
  Rational sample_aspect_ratio{1, 1};
  int rotation_degrees = 0;  // 0, 90, 180 or 270: how a player turns it, clockwise.
  bool interlaced = false;
  DynamicRange dynamic_range = DynamicRange::kStandard;
  std::optional<int> dolby_vision_profile;
  std::string color_space;  // As FFmpeg calls it: "bt709", "smpte170m", "bt2020nc"; "" if untold.
  Rational average_frame_rate;
  Rational real_frame_rate;
  Rational time_base;
  int reordered_frames = 0;  // has_b_frames: how many pictures decoding runs ahead of showing.
  bool is_default = false;
  std::optional<double> start_seconds;
  std::optional<double> duration_seconds;
};

struct AudioStream {
  int index = 0;  // Among all streams of the file.
  std::string codec;
  int channels = 0;
  int sample_rate = 0;
  std::string language;  // "" if the file does not say.
  std::string title;
  bool is_default = false;
  std::optional<double> start_seconds;
  std::optional<double> duration_seconds;
};

// How FFmpeg's demuxer finds a time, which decides where to seek to (see seek.h).
enum class SeekKind {
  kByPts,       // MP4, MOV: AVFMT_SEEK_TO_PTS; the command line passes our time on as it is.
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
  // The longest distance between two keyframes that was seen; 0 if nobody looked (only films of
  // SeekKind::kByPosition are looked at).
  double keyframe_distance_seconds = 0;

  // The picture a player shows: the default one, or the first.
  [[nodiscard]] const VideoStream& MainVideo() const;
  // The sound with this index among all streams if it is a sound, or else the default one, or else
  // the first; nothing for a silent film.
  [[nodiscard]] const AudioStream* ChooseAudio(std::optional<int> stream_index) const;
};

// The size a player shows: pixels made square (width stretched, to an even number), rotation
// applied.
struct Size {
  int width = 0;
  int height = 0;
  bool operator==(const Size&) const = default;
};
Size DisplaySize(const VideoStream& video);

// Reads what ProbeArguments (args.h) makes FFprobe print. Any bytes are safe. Fails with
// kMediaError and a sentence where there is no picture to capture, or where it is not FFprobe's
// JSON.
Result<MediaInfo> ParseProbe(std::string_view json);

struct Keyframe {
  double shown_seconds = 0;    // Stream times. A keyframe is decoded before it is shown where
  double decoded_seconds = 0;  // pictures are reordered.
  bool operator==(const Keyframe&) const = default;
};

// Reads FFprobe's packets (lines "pts_time,dts_time,flags", from ProbeKeyframesArguments): the
// keyframes in the order of showing. Lines that make no sense are skipped.
std::vector<Keyframe> ParseKeyframes(std::string_view csv);

}  // namespace matinee::ffmpeg
