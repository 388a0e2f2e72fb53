#include "ffmpeg_fixture.h"

#include <cstdlib>

namespace matinee::ffmpeg {

using testfilms::Film;

std::shared_ptr<const MediaInfo> FilmTest::Open(const Film& film) {
  const auto path = MakeFilm(runner_, film, MATINEE_TEST_FILMS);
  EXPECT_TRUE(path) << (path ? "" : path.error().message);
  path_ = path.value_or("");
  const auto info = Analyse(path_);
  EXPECT_TRUE(info) << (info ? "" : info.error().message);
  return info.value_or(nullptr);
}

MediaFilePtr FilmTest::File(const std::string& path) {
  const auto file = OpenMediaFile(path, {});
  EXPECT_TRUE(file) << (file ? "" : file.error().message);
  return file.value_or(nullptr);
}

Result<std::shared_ptr<const MediaInfo>> FilmTest::Analyse(const std::string& path) {
  TRY_ASSIGN(const auto file, OpenMediaFile(path, {}));
  return analyser_.Get(*file);
}

Status FilmTest::MakePoster(const std::string& clip_path, const std::string& poster_path) {
  TRY_ASSIGN(const auto file, OpenMediaFile(clip_path, {}));
  TRY_ASSIGN(const auto clip, analyser_.Get(*file));
  return encoder_.Poster(*clip, *file, poster_path, nullptr);
}

std::vector<Film> ExactnessFilms() {
  return {
      {.name = "plain.mkv"},
      {.name = "long gop.mkv", .frame_rate = "24000/1001", .seconds = 25, .gop_frames = 250},
      {.name = "clock starts late.mkv", .start_seconds = 12.345},
      {.name = "no b-frames.mkv", .frame_rate = "25", .b_frames = 0},
      {.name = "plain.mp4", .frame_rate = "25"},
      {.name = "fast open gop.mp4",
       .frame_rate = "60000/1001",
       .gop_frames = 60,
       .codec_arguments = {"-preset", "veryfast", "-x264-params", "open-gop=1"}},
      {.name = "open gop.mkv",
       .codec_arguments = {"-preset", "veryfast", "-x264-params", "open-gop=1"}},
      {.name = "varies.mp4", .variable_rate = true},
      {.name = "varies.mkv", .variable_rate = true},
      {.name = "broadcast.ts", .frame_rate = "25", .seconds = 20, .start_seconds = 3600},
      {.name = "broadcast long gop.ts", .seconds = 40, .gop_frames = 250, .start_seconds = 3600},
      {.name = "ten bit.mkv",
       .codec = "libx265",
       .codec_arguments = {"-preset", "ultrafast", "-x265-params", "log-level=error"},
       .pixel_format = "yuv420p10le"},
      {.name = "disc.vob",
       .frame_rate = "25",
       .size = "352x288",
       .codec = "mpeg2video",
       .codec_arguments = {"-q:v", "4"},
       .audio_codec = "ac3"},
      {.name = "old.avi",
       .codec = "mpeg4",
       .codec_arguments = {"-q:v", "4"},
       .audio_codec = "libmp3lame"},
      {.name = "sound goes on.mkv", .seconds = 8, .audio_seconds = 14},
      {.name = "silent.mp4", .beep_hertz = {}},
  };
}

bool Exhaustive() {
  const char* value = std::getenv("MATINEE_EXHAUSTIVE");
  return value != nullptr && *value == '1';
}

}  // namespace matinee::ffmpeg
