// Settings of FFmpeg.
//
// Thread safety: plain values.
#pragma once

#include <string>

namespace matinee::config {
struct Section;
}

namespace matinee::ffmpeg {

struct FfmpegSettings {
  std::string ffmpeg_path = "ffmpeg";
  std::string ffprobe_path;
  int screenshot_quality = 2;  // FFmpeg's -q:v, 1 (best) to 31.
};

config::Section FfmpegSection(FfmpegSettings& ffmpeg);

}  // namespace matinee::ffmpeg
