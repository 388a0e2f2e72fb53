#include "ffmpeg/plan.h"

#include <gtest/gtest.h>

namespace matinee::ffmpeg {
namespace {

MediaInfo Film() {
  MediaInfo film;
  film.start_time_seconds = 10;
  film.duration_seconds = 600;
  film.video.emplace_back();
  film.video[0].start_seconds = 10;
  film.video[0].duration_seconds = 600;
  film.audio.emplace_back();
  film.audio[0].index = 1;
  film.audio[0].start_seconds = 10;
  film.audio[0].duration_seconds = 600;
  return film;
}

TEST(PlanScreenshot, ClampsToTheFilm) {
  EXPECT_DOUBLE_EQ(PlanScreenshot(Film(), -5, 0).at_stream_seconds, 10);
  EXPECT_DOUBLE_EQ(PlanScreenshot(Film(), 100, 0).at_stream_seconds, 110);
  EXPECT_DOUBLE_EQ(PlanScreenshot(Film(), 1e9, 0).at_stream_seconds, 610);
}

TEST(PlanScreenshot, DoesNotWaitForPicturesBehindTheLastWhereTheContainerKnowsIt) {
  MediaInfo film = Film();
  film.seek_kind = SeekKind::kByPts;
  film.video[0].duration_seconds = 500;
  EXPECT_DOUBLE_EQ(PlanScreenshot(film, 590, 0).at_stream_seconds, 510);
}

TEST(PlanScreenshot, DeinterlacesAllOnlyAfterTheFirstAttempt) {
  EXPECT_TRUE(PlanScreenshot(Film(), 100, 0).skip_far_fields);
  EXPECT_FALSE(PlanScreenshot(Film(), 100, 1).skip_far_fields);
}

TEST(PlanClip, TakesTheSoundThatWasAskedFor) {
  MediaInfo film = Film();
  film.audio.push_back(film.audio[0]);
  film.audio[1].index = 5;
  EXPECT_EQ(PlanPreciseClip(film, 1, 2, 5, 0).audio->index, 5);
  EXPECT_EQ(PlanFastClip(film, 1, 2, 7).audio->index, 1);
  film.audio.clear();
  EXPECT_EQ(PlanFastClip(film, 1, 2, 1).audio, nullptr);
}

TEST(PlanClip, KnowsWhereTheSoundEnds) {
  MediaInfo film = Film();
  film.audio[0].duration_seconds = 300;
  EXPECT_FALSE(PlanFastClip(film, 200, 230, {}).audio_end_stream_seconds);
  const ClipPlan across = PlanFastClip(film, 290, 320, {});
  ASSERT_NE(across.audio, nullptr);
  EXPECT_NEAR(*across.audio_end_stream_seconds, 309.9, 1e-9);
  EXPECT_EQ(PlanFastClip(film, 310, 320, {}).audio, nullptr);
}

TEST(PlanClip, DoesNotBelieveLengthsThatDisagreeWithTheContainer) {
  MediaInfo film = Film();
  film.audio[0].duration_seconds = 300;
  film.video[0].duration_seconds = 300;  // Tags that were left behind by another program.
  const ClipPlan plan = PlanFastClip(film, 310, 320, {});
  EXPECT_NE(plan.audio, nullptr);
  EXPECT_FALSE(plan.audio_end_stream_seconds);
}

TEST(PlanClip, LeavesOutSoundThatBeginsBehindTheClip) {
  MediaInfo film = Film();
  film.audio[0].start_seconds = 200;
  EXPECT_EQ(PlanPreciseClip(film, 100, 130, {}, 0).audio, nullptr);
}

TEST(BeginsWell, WantsThePictureAtOrBeforeTheStartAndTheSoundNearIt) {
  const MediaInfo film = Film();
  const ClipPlan plan = PlanFastClip(film, 100, 130, {});
  EXPECT_TRUE(BeginsWell(plan, 108.0, 107.9));
  EXPECT_TRUE(BeginsWell(plan, 110.0, 110.02));
  EXPECT_FALSE(BeginsWell(plan, 110.01, 110.0)) << "after the start";
  EXPECT_FALSE(BeginsWell(plan, 108.0, 109.0)) << "sound a second late";
  EXPECT_FALSE(BeginsWell(plan, 108.0, 107.0)) << "sound a second early";
  EXPECT_FALSE(BeginsWell(plan, 108.0, std::nullopt));
  EXPECT_FALSE(BeginsWell(plan, std::nullopt, 108.0));
}

TEST(BeginsWell, TakesWhatTheBeginningOfTheFilmHas) {
  const MediaInfo film = Film();
  EXPECT_TRUE(BeginsWell(PlanFastClip(film, 0, 30, {}), 10.5, 10.0));
}

}  // namespace
}  // namespace matinee::ffmpeg
