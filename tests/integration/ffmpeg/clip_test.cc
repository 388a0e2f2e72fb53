// Checks clips by content: which frames they contain, once each, and the offset of the audio.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "ffmpeg_fixture.h"

namespace matinee::ffmpeg {
namespace {

using testfilms::Film;
using testfilms::Frame;
using testfilms::Probe;
using testfilms::ReadBeeps;
using testfilms::ReadFrames;
using testfilms::ReadPitch;

std::string Name(const ::testing::TestParamInfo<Film>& info) {
  std::string name = info.param.name;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return !std::isalnum(c); }, '_');
  return name;
}

std::vector<Film> PreciseFilms() {
  std::vector<Film> films;
  for (const Film& film : ExactnessFilms()) {
    const bool chosen = Exhaustive() || film.name == "plain.mkv" || film.name == "plain.mp4" ||
                        film.name == "clock starts late.mkv" || film.name == "varies.mp4" ||
                        film.name == "broadcast.ts" || film.name == "long gop.mkv" ||
                        film.name == "open gop.mkv" || film.name == "silent.mp4";
    if (chosen) films.push_back(film);
  }
  return films;
}

class ClipTest : public FilmTest {
 protected:
  // The frames of the open film, read once.
  const std::vector<Frame>& FilmFrames() {
    if (frames_.empty()) frames_ = ReadFrames(runner_, path_).value_or(std::vector<Frame>{});
    EXPECT_FALSE(frames_.empty());
    return frames_;
  }

  double FrameSeconds(const MediaInfo& info, int number) {
    const auto& frames = FilmFrames();
    const auto frame = std::find_if(frames.begin(), frames.end(),
                                    [&](const Frame& one) { return one.number == number; });
    EXPECT_NE(frame, frames.end()) << number;
    return frame == frames.end() ? -1 : frame->seconds - info.start_time_seconds;
  }

  // Media time at the clip's time 0 by its first frame.
  double Origin(const MediaInfo& info, const std::vector<Frame>& clip) {
    return FrameSeconds(info, clip.front().number) - clip.front().seconds;
  }

  // The largest offset of a beep in the clip from its time in the film.
  void ExpectSoundInPlace(const MediaInfo& info, const std::string& clip, double origin,
                          size_t beeps_least) {
    const auto film_beeps = ReadBeeps(runner_, path_);
    const auto beeps = ReadBeeps(runner_, clip);
    ASSERT_TRUE(film_beeps && beeps);
    EXPECT_GE(beeps->size(), beeps_least);
    for (const double beep : *beeps) {
      if (beep < 0.03) continue;  // Cut into: its beginning is not in the clip.
      const double film_time = origin + beep + info.start_time_seconds;
      double nearest = 1e9;
      for (const double candidate : *film_beeps) {
        nearest = std::min(nearest, std::abs(candidate - film_time));
      }
      EXPECT_LT(nearest, 0.020) << "beep at " << beep << " of " << clip;
    }
  }

  std::vector<Frame> frames_;
};

class PreciseClipTest : public ClipTest, public ::testing::WithParamInterface<Film> {};

TEST_P(PreciseClipTest, ContainsExactlyTheFramesOfTheSpanWithTheirAudio) {
  const auto info = Open(GetParam());
  ASSERT_TRUE(info);
  const double key = FilmFrames().at(FilmFrames().size() / 3).seconds - info->start_time_seconds;
  const std::pair<double, double> spans[] = {{0, 1.5},
                                             {3.013, 6.2},
                                             {key, key + 1.04},
                                             {info->duration_seconds - 2, info->duration_seconds}};
  for (const auto& [start, end] : spans) {
    std::vector<int> expected;
    for (const Frame& frame : FilmFrames()) {
      const double film_time = frame.seconds - info->start_time_seconds;
      if (film_time >= start - 1e-6 && film_time < end - 1e-6) expected.push_back(frame.number);
    }
    double progress = 0;
    const auto result = encoder_.PreciseClip(
        *info, {File(path_), start, end, std::nullopt}, Output("clip"),
        [&progress](double fraction) { progress = fraction; }, nullptr);
    ASSERT_TRUE(result) << start << ": " << result.error().message << said_;
    const auto clip = ReadFrames(runner_, Output("clip"));
    ASSERT_TRUE(clip && !clip->empty());
    std::vector<int> numbers;
    for (const Frame& frame : *clip) numbers.push_back(frame.number);
    EXPECT_EQ(numbers, expected) << "from " << start << " to " << end;
    EXPECT_NEAR(result->start_seconds, FrameSeconds(*info, numbers.front()), 0.0001);
    EXPECT_LE(result->duration_seconds, end - start + 0.06);
    EXPECT_EQ(progress, 1);
    EXPECT_FALSE(result->copied);
    if (!info->audio.empty()) {
      const bool sound_lasts = end <= info->duration_seconds - 0.5;
      ExpectSoundInPlace(*info, Output("clip"), Origin(*info, *clip),
                         sound_lasts ? static_cast<size_t>(end - start) : 1);
    }
    ASSERT_TRUE(MakePoster(Output("clip"), Output("poster"))) << said_;
    const auto poster = ReadFrames(runner_, Output("poster"));
    ASSERT_TRUE(poster && poster->size() == 1);
    EXPECT_EQ(poster->front().number, numbers.front());
  }
}

INSTANTIATE_TEST_SUITE_P(OfEveryKindOfFilm, PreciseClipTest, ::testing::ValuesIn(PreciseFilms()),
                         Name);

std::vector<Film> FastFilms() {
  std::vector<Film> films;
  for (const Film& film : ExactnessFilms()) {
    if (film.name != "sound goes on.mkv" && film.name != "old.avi") films.push_back(film);
  }
  films.push_back({.name = "pcm.mkv", .audio_codec = "pcm_s16le"});
  films.push_back({.name = "flac.mkv", .audio_codec = "flac"});
  films.push_back({.name = "truehd.mkv", .audio_codec = "truehd"});
  films.push_back({.name = "ac3.ts", .audio_codec = "ac3", .start_seconds = 600});
  films.push_back({.name = "opus.mkv", .audio_codec = "libopus"});
  return films;
}

class FastClipTest : public ClipTest, public ::testing::WithParamInterface<Film> {};

TEST_P(FastClipTest, BeginsAtTheKeyframeBeforeWithVideoAndAudioInSync) {
  const auto info = Open(GetParam());
  ASSERT_TRUE(info);
  const auto csv = testfilms::RunOrFail(
      runner_, {"ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries",
                "packet=pts_time,dts_time,flags", "-of", "csv=p=0", "file:" + path_});
  ASSERT_TRUE(csv);
  const auto keyframes = ParseKeyframes(csv->out);
  ASSERT_GE(keyframes.size(), 2U);
  const double key = keyframes.at(1).shown_seconds - info->start_time_seconds;
  std::vector<std::pair<double, double>> spans = {{key + 0.05, key + 1.4}, {key + 1.3, key + 3.2}};
  if (Exhaustive()) spans.insert(spans.end(), {{0, 2}, {key, key + 1}, {key - 0.02, key + 2}});
  for (const auto& [start, end] : spans) {
    const double stream_start = start + info->start_time_seconds;
    double expected_key = keyframes.front().shown_seconds - info->start_time_seconds;
    for (const Keyframe& keyframe : keyframes) {
      if (keyframe.shown_seconds > stream_start + 2e-6) break;
      expected_key = keyframe.shown_seconds - info->start_time_seconds;
    }
    const auto result = encoder_.FastClip(*info, {File(path_), start, end, std::nullopt},
                                          Output("clip"), nullptr, nullptr);
    ASSERT_TRUE(result) << start << ": " << result.error().message << said_;
    EXPECT_TRUE(result->copied);
    const auto clip = ReadFrames(runner_, Output("clip"));
    ASSERT_TRUE(clip && !clip->empty());
    const double begins = FrameSeconds(*info, clip->front().number);
    EXPECT_NEAR(begins, expected_key, 0.001) << "from " << start;
    EXPECT_NEAR(result->start_seconds, begins, 0.001);
    // All frames up to the end are present; a few more may be, as they are stored in between.
    const double ends = FrameSeconds(*info, clip->back().number);
    EXPECT_GT(ends, end - 0.4);
    // Frames are copied in decoding order: a gap is decoded before it is shown.
    const double gap = GetParam().variable_rate ? 3 : 0;
    EXPECT_LT(ends, end + 0.25 + gap);
    EXPECT_NEAR(result->duration_seconds, end - begins + gap / 2, 0.4 + gap / 2);
    EXPECT_LT(clip->front().seconds, 0.26) << "the video must not wait for the audio";
    if (!info->audio.empty()) {
      ExpectSoundInPlace(*info, Output("clip"), Origin(*info, *clip), 1);
      const auto sound = Probe(runner_, Output("clip"), "stream=codec_type,start_time,duration");
      ASSERT_TRUE(sound);
    }
    ASSERT_TRUE(MakePoster(Output("clip"), Output("poster"))) << said_;
    const auto poster = ReadFrames(runner_, Output("poster"));
    ASSERT_TRUE(poster && poster->size() == 1);
    EXPECT_EQ(poster->front().number, clip->front().number);
  }
}

INSTANTIATE_TEST_SUITE_P(OfEveryKindOfFilm, FastClipTest, ::testing::ValuesIn(FastFilms()), Name);

TEST_F(ClipTest, ContainsTheSelectedAudio) {
  const auto info = Open({.name = "two sounds.mkv", .beep_hertz = {1000, 400}});
  ASSERT_TRUE(info);
  const std::string clip = Output("clip");
  for (const bool precise : {false, true}) {
    for (const auto& [index, hertz] : {std::pair<int, double>{1, 1000}, {2, 400}, {99, 1000}}) {
      const ClipRequest request{File(path_), 2.5, 5.5, index};
      const auto result = precise ? encoder_.PreciseClip(*info, request, clip, nullptr, nullptr)
                                  : encoder_.FastClip(*info, request, clip, nullptr, nullptr);
      ASSERT_TRUE(result) << result.error().message << said_;
      const auto pitch = ReadPitch(runner_, clip);
      ASSERT_TRUE(pitch) << pitch.error().message;
      EXPECT_NEAR(*pitch, hertz, 25);
    }
  }
}

TEST_F(ClipTest, DoesNotReadTheFilmToItsEndForAudioThatEndsEarly) {
  const auto info = Open({.name = "sound stops.mkv", .seconds = 60, .audio_seconds = 4.5});
  ASSERT_TRUE(info);
  const std::string clip = Output("clip");
  for (const bool precise : {false, true}) {
    for (const double start : {2.5, 8.5}) {
      const ClipRequest request{File(path_), start, start + 4, std::nullopt};
      const auto result = precise ? encoder_.PreciseClip(*info, request, clip, nullptr, nullptr)
                                  : encoder_.FastClip(*info, request, clip, nullptr, nullptr);
      ASSERT_TRUE(result) << result.error().message << said_;
      EXPECT_LT(result->duration_seconds, 7);
      const auto frames = ReadFrames(runner_, clip);
      ASSERT_TRUE(frames);
      EXPECT_NEAR(FrameSeconds(*info, frames->back().number), start + 4, 0.2);
    }
  }
}

TEST_F(ClipTest, IsEncodedWhereMp4CannotHoldTheVideo) {
  const auto info = Open({.name = "vp8.mkv",
                          .seconds = 6,
                          .codec = "libvpx",
                          .codec_arguments = {"-deadline", "realtime", "-cpu-used", "8"},
                          .audio_codec = "libvorbis"});
  ASSERT_TRUE(info);
  const auto result = encoder_.FastClip(*info, {File(path_), 3.0, 5.0, std::nullopt},
                                        Output("clip"), nullptr, nullptr);
  ASSERT_TRUE(result) << result.error().message << said_;
  EXPECT_FALSE(result->copied);
  const auto frames = ReadFrames(runner_, Output("clip"));
  ASSERT_TRUE(frames);
  EXPECT_EQ(frames->size(), 48U);
}

TEST_F(ClipTest, IsEncodedWhereTheFilmHasNoTimeStampsToCopy) {
  const auto info = Open({.name = "old.avi",
                          .codec = "mpeg4",
                          .codec_arguments = {"-q:v", "4"},
                          .audio_codec = "libmp3lame"});
  ASSERT_TRUE(info);
  const auto result = encoder_.FastClip(*info, {File(path_), 3.0, 5.0, std::nullopt},
                                        Output("clip"), nullptr, nullptr);
  ASSERT_TRUE(result) << result.error().message << said_;
  EXPECT_FALSE(result->copied);
  const auto frames = ReadFrames(runner_, Output("clip"));
  ASSERT_TRUE(frames);
  EXPECT_EQ(frames->size(), 48U);
}

TEST_F(ClipTest, HasTheCodecsOfEveryBrowser) {
  const auto info =
      Open({.name = "ten bit.mkv",
            .codec = "libx265",
            .codec_arguments = {"-preset", "ultrafast", "-x265-params", "log-level=error"},
            .pixel_format = "yuv420p10le"});
  ASSERT_TRUE(info);
  const ClipRequest request{File(path_), 2.5, 4, std::nullopt};
  ASSERT_TRUE(encoder_.PreciseClip(*info, request, Output("precise"), nullptr, nullptr));
  const auto precise = Probe(runner_, Output("precise"),
                             "stream=codec_name,profile,pix_fmt,channels,codec_tag_string,level");
  ASSERT_TRUE(precise);
  EXPECT_THAT(*precise, ::testing::HasSubstr("profile=High\n"));
  EXPECT_THAT(*precise, ::testing::HasSubstr("pix_fmt=yuv420p\n"));
  EXPECT_THAT(*precise, ::testing::HasSubstr("channels=2\n"));
  ASSERT_TRUE(encoder_.FastClip(*info, request, Output("fast"), nullptr, nullptr));
  const auto fast = Probe(runner_, Output("fast"), "stream=codec_tag_string");
  ASSERT_TRUE(fast);
  EXPECT_THAT(*fast, ::testing::HasSubstr("codec_tag_string=hvc1\n"));
}

}  // namespace
}  // namespace matinee::ffmpeg
