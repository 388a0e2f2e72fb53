#include "ffmpeg/ffmpeg_settings.h"

#include <filesystem>

#include "config/setting_types.h"

namespace matinee::ffmpeg {

config::Section FfmpegSection(FfmpegSettings& ffmpeg) {
  return {
      .title = "FFmpeg",
      .settings =
          {
              config::Path("FFMPEG_PATH", ffmpeg.ffmpeg_path,
                           "FFmpeg: a path, or a name to look up in PATH."),
              config::Path("FFPROBE_PATH", ffmpeg.ffprobe_path, "FFprobe, which comes with FFmpeg.")
                  .Derived("ffprobe, beside FFMPEG_PATH if that names a folder"),
              config::Integer("SCREENSHOT_QUALITY", ffmpeg.screenshot_quality, 1, 31,
                              "JPEG quality of screenshots: 1 is best, 31 smallest (FFmpeg's "
                              "`-q:v`)."),
          },
      .complete = [&ffmpeg](config::LoadState& /*state*/) {
        if (!ffmpeg.ffprobe_path.empty()) return;
        const auto folder = std::filesystem::path(ffmpeg.ffmpeg_path).parent_path();
        ffmpeg.ffprobe_path = (folder / "ffprobe").string();
      }};
}

}  // namespace matinee::ffmpeg
