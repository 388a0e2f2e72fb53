#include "ffmpeg/media_info.h"

#include <algorithm>
#include <cmath>

#include "base/strings.h"
#include "json/document.h"

namespace matinee::ffmpeg {
namespace {

using Json = json::Value;

// The maximum length of a text (a codec's name, the title of an audio stream).
constexpr size_t kTextBytesMax = 256;
// 100 days. No media file is longer; a larger value is broken.
constexpr double kSecondsMax = 100.0 * 24 * 3600;
constexpr int kPixelsPerSideMax = 32768;

constexpr std::string_view kProbeNames[] = {"attached_pic",
                                            "avg_frame_rate",
                                            "bits_per_raw_sample",
                                            "channels",
                                            "codec_name",
                                            "codec_type",
                                            "color_primaries",
                                            "color_space",
                                            "color_transfer",
                                            "default",
                                            "disposition",
                                            "duration",
                                            "DURATION",
                                            "dv_profile",
                                            "field_order",
                                            "format",
                                            "format_name",
                                            "has_b_frames",
                                            "height",
                                            "index",
                                            "language",
                                            "pix_fmt",
                                            "profile",
                                            "r_frame_rate",
                                            "rotation",
                                            "sample_aspect_ratio",
                                            "sample_rate",
                                            "side_data_list",
                                            "side_data_type",
                                            "size",
                                            "start_time",
                                            "streams",
                                            "tags",
                                            "time_base",
                                            "title",
                                            "width"};

// A stream has about 40 values.
constexpr json::Shape kProbe = {.names = kProbeNames, .values_max = 64 * kStreamsMax};

Json Member(const Json& object, const char* key) {
  return object[key];
}

std::string Text(const Json& object, const char* key) {
  return EscapeUnprintable(TruncateUtf8(object[key].string().value_or(""), kTextBytesMax));
}

// FFprobe writes some numbers as numbers and some as strings.
std::optional<int64_t> Integer(const Json& object, const char* key) {
  const Json value = object[key];
  if (const auto text = value.string()) return ParseInt(*text);
  return value.integer();
}

int SmallInteger(const Json& object, const char* key, int most) {
  const int64_t value = Integer(object, key).value_or(0);
  return value < 0 || value > most ? 0 : static_cast<int>(value);
}

std::optional<double> Seconds(const Json& object, const char* key) {
  const Json value = object[key];
  const auto text = value.string();
  const auto seconds = text ? ParseDouble(*text) : value.number();
  if (!seconds || !std::isfinite(*seconds) || std::abs(*seconds) > kSecondsMax) return std::nullopt;
  return seconds;
}

// "24000/1001", "64:45"
Rational Ratio(const Json& object, const char* key, char separator) {
  const std::string text = Text(object, key);
  const auto parts = Split(text, separator);
  if (parts.size() != 2) return {0, 1};
  const auto numerator = ParseInt(parts[0]);
  const auto denominator = ParseInt(parts[1]);
  if (!numerator || !denominator || *numerator < 0 || *denominator <= 0) return {0, 1};
  return {*numerator, *denominator};
}

// Matroska stores the end of a stream in a tag: "00:01:00.021000000".
std::optional<double> ClockText(const std::string& text) {
  const auto parts = Split(text, ':');
  if (parts.size() != 3) return std::nullopt;
  const auto hours = ParseInt(parts[0]);
  const auto minutes = ParseInt(parts[1]);
  const auto seconds = ParseDouble(parts[2]);
  if (!hours || !minutes || !seconds || *hours < 0 || *hours > 9999 || *minutes < 0 ||
      *minutes > 59 || *seconds < 0 || *seconds >= 60) {
    return std::nullopt;
  }
  return static_cast<double>(*hours * 3600 + *minutes * 60) + *seconds;
}

// The stream's length. Matroska's tag holds its *end*, counted from 0 and not from the stream's
// start.
std::optional<double> StreamSeconds(const Json& stream) {
  if (const auto seconds = Seconds(stream, "duration")) return seconds;
  const auto end = ClockText(Text(Member(stream, "tags"), "DURATION"));
  if (!end) return std::nullopt;
  return std::max(0.0, *end - Seconds(stream, "start_time").value_or(0));
}

int BitDepth(const Json& stream, const std::string& pixel_format) {
  if (const int bits = SmallInteger(stream, "bits_per_raw_sample", 32); bits > 0) return bits;
  for (const int bits : {9, 10, 12, 14, 16}) {
    const std::string suffix = std::to_string(bits);
    if (pixel_format.find("p" + suffix) != std::string::npos ||
        pixel_format.find("p0" + suffix) != std::string::npos) {
      return bits;
    }
  }
  return 8;
}

bool IsInterlaced(const std::string& field_order) {
  return field_order == "tt" || field_order == "bb" || field_order == "tb" || field_order == "bt";
}

struct SideData {
  int rotation_degrees = 0;
  bool mastering_display = false;
  std::optional<int> dolby_vision_profile;
};

SideData ReadSideData(const Json& stream) {
  SideData data;
  const Json list = Member(stream, "side_data_list");
  if (!list.is_array()) return data;
  for (const Json& entry : list) {
    const std::string type = Text(entry, "side_data_type");
    if (type == "Display Matrix") {
      // FFprobe's angles are counter-clockwise.
      const double turn = -Seconds(entry, "rotation").value_or(0) / 90;
      data.rotation_degrees = ((static_cast<int>(std::lround(turn)) % 4) + 4) % 4 * 90;
    } else if (type == "Mastering display metadata" || type == "Content light level metadata") {
      data.mastering_display = true;
    } else if (type == "DOVI configuration record") {
      data.dolby_vision_profile = SmallInteger(entry, "dv_profile", 100);
    }
  }
  return data;
}

// Some files do not declare the transfer: BT.2020 with 10 bits and mastering data is HDR10, and so
// is Dolby Vision without a transfer.
DynamicRange Range(const Json& stream, const SideData& side_data, int bit_depth) {
  const std::string transfer = Text(stream, "color_transfer");
  if (transfer == "smpte2084") return DynamicRange::kPerceptualQuantizer;
  if (transfer == "arib-std-b67") return DynamicRange::kHybridLogGamma;
  const bool unspecified = transfer.empty() || transfer == "unknown" || transfer == "unspecified";
  if (!unspecified || bit_depth < 10) return DynamicRange::kStandard;
  const bool wide = Text(stream, "color_primaries") == "bt2020";
  const bool hdr = (wide && side_data.mastering_display) || side_data.dolby_vision_profile;
  return hdr ? DynamicRange::kPerceptualQuantizer : DynamicRange::kStandard;
}

std::optional<VideoStream> ReadVideo(const Json& stream) {
  const Json disposition = Member(stream, "disposition");
  if (SmallInteger(disposition, "attached_pic", 1) == 1) return std::nullopt;
  VideoStream video;
  video.index = SmallInteger(stream, "index", 65535);
  video.codec = Text(stream, "codec_name");
  video.width = SmallInteger(stream, "width", kPixelsPerSideMax);
  video.height = SmallInteger(stream, "height", kPixelsPerSideMax);
  if (video.width == 0 || video.height == 0 || video.codec.empty()) return std::nullopt;
  video.profile = Text(stream, "profile");
  video.pixel_format = Text(stream, "pix_fmt");
  video.bit_depth = BitDepth(stream, video.pixel_format);
  const Rational aspect = Ratio(stream, "sample_aspect_ratio", ':');
  // Beyond 1:8 and 8:1 the header is broken, and the frame size would be unbounded.
  if (aspect.value() >= 0.125 && aspect.value() <= 8) video.sample_aspect_ratio = aspect;
  const SideData side_data = ReadSideData(stream);
  video.rotation_degrees = side_data.rotation_degrees;
  video.interlaced = IsInterlaced(Text(stream, "field_order"));
  video.dynamic_range = Range(stream, side_data, video.bit_depth);
  video.dolby_vision_profile = side_data.dolby_vision_profile;
  video.color_space = Text(stream, "color_space");
  video.average_frame_rate = Ratio(stream, "avg_frame_rate", '/');
  video.real_frame_rate = Ratio(stream, "r_frame_rate", '/');
  video.time_base = Ratio(stream, "time_base", '/');
  video.reordered_frames = SmallInteger(stream, "has_b_frames", 64);
  video.is_default = SmallInteger(disposition, "default", 1) == 1;
  video.start_seconds = Seconds(stream, "start_time");
  video.duration_seconds = StreamSeconds(stream);
  return video;
}

AudioStream ReadAudio(const Json& stream) {
  AudioStream audio;
  audio.index = SmallInteger(stream, "index", 65535);
  audio.codec = Text(stream, "codec_name");
  audio.channels = SmallInteger(stream, "channels", 1024);
  audio.sample_rate = SmallInteger(stream, "sample_rate", 10'000'000);
  audio.language = Text(Member(stream, "tags"), "language");
  audio.title = Text(Member(stream, "tags"), "title");
  audio.is_default = SmallInteger(Member(stream, "disposition"), "default", 1) == 1;
  audio.start_seconds = Seconds(stream, "start_time");
  audio.duration_seconds = StreamSeconds(stream);
  return audio;
}

// Some programs write the length as Matroska's duration, others the time stamp of the end. The end
// of the video stream shows which.
double DurationOf(const MediaInfo& info) {
  constexpr double kAlikeSeconds = 1;
  for (const VideoStream& video : info.video) {
    if (!video.duration_seconds || info.start_time_seconds <= kAlikeSeconds) continue;
    const double end =
        video.start_seconds.value_or(info.start_time_seconds) + *video.duration_seconds;
    if (std::abs(end - info.duration_seconds) < kAlikeSeconds) {
      return info.duration_seconds - info.start_time_seconds;
    }
  }
  return info.duration_seconds;
}

SeekKind SeekKindOf(std::string_view format) {
  for (const auto name : Split(format, ',')) {
    if (name == "mov") return SeekKind::kByPts;
    if (name == "mpegts" || name == "mpeg" || name == "ogg") return SeekKind::kByPosition;
  }
  return SeekKind::kByIndex;
}

}  // namespace

const VideoStream& MediaInfo::MainVideo() const {
  for (const VideoStream& stream : video) {
    if (stream.is_default) return stream;
  }
  return video.front();
}

const AudioStream* MediaInfo::ChooseAudio(std::optional<int> stream_index) const {
  const AudioStream* standard = nullptr;
  for (const AudioStream& stream : audio) {
    if (stream_index && stream.index == *stream_index) return &stream;
    if (stream.is_default && standard == nullptr) standard = &stream;
  }
  if (standard == nullptr && !audio.empty()) standard = &audio.front();
  return standard;
}

Size DisplaySize(const VideoStream& video) {
  Size size{video.width, video.height};
  if (video.sample_aspect_ratio != Rational{1, 1}) {
    size.width = std::max(
        2, static_cast<int>(std::lround(video.width * video.sample_aspect_ratio.value() / 2)) * 2);
  }
  if (video.rotation_degrees % 180 != 0) std::swap(size.width, size.height);
  return size;
}

Result<MediaInfo> ParseProbe(std::string_view json) {
  const auto document = json::Parse(json, kProbe);
  const Json root = document ? document->root() : Json();
  const Json streams = Member(root, "streams");
  const Json format = Member(root, "format");
  if (!streams.is_array() || !format.is_object()) {
    return Fail(Code::kMediaError,
                "the media file could not be analysed: FFprobe's output is unreadable");
  }
  MediaInfo info;
  info.format = Text(format, "format_name");
  info.seek_kind = SeekKindOf(info.format);
  info.start_time_seconds = Seconds(format, "start_time").value_or(0);
  info.duration_seconds = std::max(0.0, Seconds(format, "duration").value_or(0));
  info.size_bytes = std::max<int64_t>(0, Integer(format, "size").value_or(0));
  size_t count = 0;
  for (const Json& stream : streams) {
    if (++count > kStreamsMax) {
      return Fail(Code::kMediaError, "the media file has too many streams");
    }
    const std::string type = Text(stream, "codec_type");
    if (type == "video") {
      if (auto video = ReadVideo(stream)) info.video.push_back(*std::move(video));
    } else if (type == "audio") {
      info.audio.push_back(ReadAudio(stream));
    }
  }
  if (info.video.empty()) {
    return Fail(Code::kMediaError, "the file has no video stream to capture");
  }
  info.duration_seconds = DurationOf(info);
  return info;
}

std::vector<Keyframe> ParseKeyframes(std::string_view csv) {
  std::vector<Keyframe> keyframes;
  for (const auto line : Split(csv, '\n')) {
    const auto fields = Split(Trim(line), ',');
    if (fields.size() < 3 || fields[2].find('K') == std::string_view::npos) continue;
    // Either may be "N/A": AVI has no presentation time, Matroska no decoding time.
    const auto shown = ParseDouble(fields[0]);
    const auto decoded = ParseDouble(fields[1]);
    if (!shown && !decoded) continue;
    keyframes.push_back({shown ? *shown : *decoded, decoded ? *decoded : *shown});
  }
  std::sort(keyframes.begin(), keyframes.end(),
            [](const Keyframe& a, const Keyframe& b) { return a.shown_seconds < b.shown_seconds; });
  return keyframes;
}

}  // namespace matinee::ffmpeg
