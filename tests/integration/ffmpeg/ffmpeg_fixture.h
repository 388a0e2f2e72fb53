// The fixture of the tests with real films: a folder of films that is kept between runs, a folder
// for captures, and the encoder and analyser set up as in the worker.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "ffmpeg/analyser.h"
#include "ffmpeg/encoder.h"
#include "process/process_runner.h"
#include "tests/lib/cpp/test_films.h"
#include "tests/unit/temporary_folder.h"

namespace matinee::ffmpeg {

class FilmTest : public ::testing::Test {
 protected:
  // Makes the film if it does not exist and analyses it.
  std::shared_ptr<const MediaInfo> Open(const testfilms::Film& film);
  // Opens a file that exists, as the worker does without MEDIA_ROOTS.
  static MediaFilePtr File(const std::string& path);
  Result<std::shared_ptr<const MediaInfo>> Analyse(const std::string& path);
  // Makes a clip's poster frame as the worker does.
  Status MakePoster(const std::string& clip_path, const std::string& poster_path);
  std::string Output(const std::string& name) const { return folder_.File(name); }

  process::SystemRunner runner_;
  MediaAnalyser analyser_{runner_, "ffprobe"};
  Encoder encoder_{runner_,
                   EncoderOptions{.ffmpeg_path = "ffmpeg",
                                  .ffprobe_path = "ffprobe",
                                  .threads = 2,
                                  .screenshot_quality = 2,
                                  .log = [this](std::string_view said) { said_ += said; }}};
  TemporaryFolder folder_;  // For the output of this test.
  std::string path_;        // The film that was opened last.
  std::string said_;        // FFmpeg's error output.
};

// The films of the exactness tests: one for each way in which containers and codecs differ.
std::vector<testfilms::Film> ExactnessFilms();

// True with MATINEE_EXHAUSTIVE=1: hundreds of times instead of a handful.
bool Exhaustive();

}  // namespace matinee::ffmpeg
