// Parses what FFmpeg prints on stdout with the arguments of args.h: time stamps of frames, first
// packets, progress. Ignores other lines, so any bytes are safe.
//
// Thread safety: none; one object per run.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "ffmpeg/media_info.h"

namespace matinee::ffmpeg {

class ProgressParser {
 public:
  // `time_base` of the video stream: the metadata filter prints seconds with six digits only, which
  // is not exact after 15 minutes. Frames after `instant_seconds` are not
  // "shown".
  ProgressParser(Rational time_base, double instant_seconds)
      : time_base_(time_base.value()), instant_seconds_(instant_seconds) {}

  void ReadLine(std::string_view line);

  // All in stream time.
  // The first frame that was decoded.
  [[nodiscard]] std::optional<double> first_decoded_seconds() const { return first_decoded_; }
  // The last decoded frame that is not after the instant; the first one if all are after.
  [[nodiscard]] std::optional<double> shown_seconds() const { return shown_; }
  // The first frame of a precise clip.
  [[nodiscard]] std::optional<double> begin_seconds() const { return begin_; }
  // The first packets that were copied.
  [[nodiscard]] std::optional<double> first_video_packet_seconds() const { return packets_[0]; }
  [[nodiscard]] std::optional<double> first_audio_packet_seconds() const { return packets_[1]; }
  // The current length of the output.
  [[nodiscard]] std::optional<double> progress_seconds() const { return progress_; }

 private:
  void ReadMark(std::string_view mark);
  void ReadPacket(std::string_view line);

  const double time_base_;
  const double instant_seconds_;
  std::optional<double> frame_;  // Of the last "frame:" line; the mark after it gives its kind.
  std::optional<double> first_decoded_;
  std::optional<double> shown_;
  std::optional<double> begin_;
  double packet_time_bases_[2] = {0, 0};
  std::optional<double> packets_[2];
  std::optional<double> progress_;
};

}  // namespace matinee::ffmpeg
