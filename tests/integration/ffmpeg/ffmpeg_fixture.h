// What the tests with real films share: a folder of films that is kept between runs, a folder for
// what is captured, and the program's own parts wired as the worker wires them.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "ffmpeg/analyser.h"
#include "ffmpeg/encoder.h"
#include "process/process_runner.h"
#include "tests/lib/cpp/test_films.h"

namespace matinee::ffmpeg {

class Films : public ::testing::Test {
 protected:
  Films();
  ~Films() override;

  // Makes the film if need be and analyses it.
  std::shared_ptr<const MediaInfo> Open(const testfilms::Film& film);
  // Makes a clip's poster, the way the worker does.
  Status MakePoster(const std::string& clip_path, const std::string& poster_path);
  std::string Output(const std::string& name) const { return folder_ + "/" + name; }

  process::SystemRunner runner_;
  MediaAnalyser analyser_{runner_, "ffprobe"};
  Encoder encoder_{runner_,
                   EncoderOptions{.ffmpeg_path = "ffmpeg",
                                  .ffprobe_path = "ffprobe",
                                  .threads = 2,
                                  .screenshot_quality = 2,
                                  .log = [this](std::string_view said) { said_ += said; }}};
  std::string folder_;  // For what this test writes; gone after it.
  std::string path_;    // The film that was opened last.
  std::string said_;    // FFmpeg's words when it failed.
};

// The films of the exactness tests: one for each way in which containers and codecs differ.
std::vector<testfilms::Film> ExactnessFilms();

// True with MATINEE_EXHAUSTIVE=1: hundreds of instants instead of a handful.
bool Exhaustive();

}  // namespace matinee::ffmpeg
