// Checks screenshots by content: the number in the image is that of the last frame whose time stamp
// is not after the requested time. The film's time stamps, from a full decode, are the oracle.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "ffmpeg_fixture.h"

namespace matinee::ffmpeg {
namespace {

using testfilms::Film;
using testfilms::Frame;
using testfilms::ReadFrames;

class ScreenshotTest : public FilmTest, public ::testing::WithParamInterface<Film> {};

int FrameOnScreen(const std::vector<Frame>& frames, double stream_seconds) {
  int number = frames.front().number;
  for (const Frame& frame : frames) {
    if (frame.seconds <= stream_seconds + 2e-6) number = frame.number;
  }
  return number;
}

// Media times: beginning, end, beyond, and around the edges of frames, mainly near keyframes.
std::vector<double> Instants(const MediaInfo& info, const std::vector<Frame>& frames, int gop) {
  std::vector<double> instants = {0, 0.001, info.duration_seconds, info.duration_seconds + 100};
  const auto at = [&](size_t index, double shift) {
    const double seconds = frames[std::min(index, frames.size() - 1)].seconds + shift;
    instants.push_back(std::max(0.0, seconds - info.start_time_seconds));
  };
  const size_t key = static_cast<size_t>(gop) < frames.size() / 2 ? static_cast<size_t>(gop) : 0;
  at(key, 0);        // A keyframe's own instant,
  at(key, -0.0005);  // just before it,
  at(key + 1, 0.0101);
  at(key + 3, 0.02);
  at(key * 2 - 1, 0.001);
  at(frames.size() / 2, 0.013);
  at(frames.size() / 2 + 1, -0.0005);
  at(frames.size() - 2, 0.001);
  at(frames.size() - 1, 0);
  at(frames.size() - 1, 1);
  if (Exhaustive()) {
    for (size_t i = 0; i < frames.size(); i += 3) {
      at(i, 0);
      at(i, 0.0171);
      at(i, -0.0011);
    }
  }
  return instants;
}

TEST_P(ScreenshotTest, ShowsTheFrameOnTheScreen) {
  const auto info = Open(GetParam());
  ASSERT_TRUE(info);
  const auto frames = ReadFrames(runner_, path_);
  ASSERT_TRUE(frames) << frames.error().message;
  ASSERT_GT(frames->size(), 20U);
  const auto instants = Instants(*info, *frames, GetParam().gop_frames);
  std::vector<double> reported;
  for (size_t i = 0; i < instants.size(); ++i) {
    const auto result =
        encoder_.Screenshot(*info, {File(path_), instants[i]},
                            {Output(fmt::format("{:03}.jpg", i)), Output("thumbnail")}, nullptr);
    ASSERT_TRUE(result) << instants[i] << ": " << result.error().message << said_;
    reported.push_back(result->frame_seconds);
  }
  const auto images = ReadFrames(runner_, Output("%03d.jpg"));
  ASSERT_TRUE(images && images->size() == instants.size());
  for (size_t i = 0; i < instants.size(); ++i) {
    const int shown = images->at(i).number;
    const double clamped = std::min(instants[i], info->duration_seconds);
    EXPECT_EQ(shown, FrameOnScreen(*frames, info->start_time_seconds + clamped))
        << "at " << instants[i];
    const auto frame = std::find_if(frames->begin(), frames->end(), [&](const Frame& candidate) {
      return candidate.number == shown;
    });
    ASSERT_NE(frame, frames->end());
    EXPECT_NEAR(reported[i], frame->seconds - info->start_time_seconds, 0.0001);
  }
  const auto small = ReadFrames(runner_, Output("thumbnail"));
  ASSERT_TRUE(small && small->size() == 1);
}

INSTANTIATE_TEST_SUITE_P(OfEveryKindOfFilm, ScreenshotTest, ::testing::ValuesIn(ExactnessFilms()),
                         [](const auto& param) {
                           std::string name = param.param.name;
                           std::replace_if(
                               name.begin(), name.end(), [](char c) { return !std::isalnum(c); },
                               '_');
                           return name;
                         });

}  // namespace
}  // namespace matinee::ffmpeg
