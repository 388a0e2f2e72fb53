#include "ffmpeg/plan.h"

#include <gtest/gtest.h>

namespace matinee::ffmpeg {
namespace {

MediaInfo Media() {
  MediaInfo media;
  media.start_time_seconds = 10;
  media.duration_seconds = 600;
  media.video.emplace_back();
  media.video[0].start_seconds = 10;
  media.video[0].duration_seconds = 600;
  media.audio.emplace_back();
  media.audio[0].index = 1;
  media.audio[0].start_seconds = 10;
  media.audio[0].duration_seconds = 600;
  return media;
}

TEST(PlanScreenshotTest, ClampsToTheDuration) {
  EXPECT_DOUBLE_EQ(PlanScreenshot(Media(), -5, 0).at_stream_seconds, 10);
  EXPECT_DOUBLE_EQ(PlanScreenshot(Media(), 100, 0).at_stream_seconds, 110);
  EXPECT_DOUBLE_EQ(PlanScreenshot(Media(), 1e9, 0).at_stream_seconds, 610);
}

TEST(PlanScreenshotTest, ClampsToTheEndOfTheVideoWhereTheContainerKnowsIt) {
  MediaInfo media = Media();
  media.seek_kind = SeekKind::kByPts;
  media.video[0].duration_seconds = 500;
  EXPECT_DOUBLE_EQ(PlanScreenshot(media, 590, 0).at_stream_seconds, 510);
}

TEST(PlanScreenshotTest, DeinterlacesAllFramesOnlyAfterTheFirstAttempt) {
  EXPECT_TRUE(PlanScreenshot(Media(), 100, 0).skip_far_fields);
  EXPECT_FALSE(PlanScreenshot(Media(), 100, 1).skip_far_fields);
}

TEST(PlanClipTest, ChoosesTheRequestedAudio) {
  MediaInfo media = Media();
  media.audio.push_back(media.audio[0]);
  media.audio[1].index = 5;
  EXPECT_EQ(PlanPreciseClip(media, 1, 2, 5, 0).audio->index, 5);
  EXPECT_EQ(PlanFastClip(media, 1, 2, 7).audio->index, 1);
  media.audio.clear();
  EXPECT_EQ(PlanFastClip(media, 1, 2, 1).audio, nullptr);
}

TEST(PlanClipTest, LimitsAudioToItsEnd) {
  MediaInfo media = Media();
  media.audio[0].duration_seconds = 300;
  EXPECT_FALSE(PlanFastClip(media, 200, 230, {}).audio_end_stream_seconds);
  const ClipPlan across = PlanFastClip(media, 290, 320, {});
  ASSERT_NE(across.audio, nullptr);
  EXPECT_NEAR(*across.audio_end_stream_seconds, 309.9, 1e-9);
  EXPECT_EQ(PlanFastClip(media, 310, 320, {}).audio, nullptr);
}

TEST(PlanClipTest, IgnoresDurationsThatDisagreeWithTheContainer) {
  MediaInfo media = Media();
  media.audio[0].duration_seconds = 300;
  media.video[0].duration_seconds = 300;  // Outdated tags of another program.
  const ClipPlan plan = PlanFastClip(media, 310, 320, {});
  EXPECT_NE(plan.audio, nullptr);
  EXPECT_FALSE(plan.audio_end_stream_seconds);
}

TEST(PlanClipTest, OmitsAudioThatBeginsAfterTheClip) {
  MediaInfo media = Media();
  media.audio[0].start_seconds = 200;
  EXPECT_EQ(PlanPreciseClip(media, 100, 130, {}, 0).audio, nullptr);
}

TEST(BeginsAcceptablyTest, RequiresVideoAtOrBeforeTheStartAndAudioNearIt) {
  const MediaInfo media = Media();
  const ClipPlan plan = PlanFastClip(media, 100, 130, {});
  EXPECT_TRUE(BeginsAcceptably(plan, 108.0, 107.9));
  EXPECT_TRUE(BeginsAcceptably(plan, 110.0, 110.02));
  EXPECT_FALSE(BeginsAcceptably(plan, 110.01, 110.0)) << "after the start";
  EXPECT_FALSE(BeginsAcceptably(plan, 108.0, 109.0)) << "sound a second late";
  EXPECT_FALSE(BeginsAcceptably(plan, 108.0, 107.0)) << "sound a second early";
  EXPECT_FALSE(BeginsAcceptably(plan, 108.0, std::nullopt));
  EXPECT_FALSE(BeginsAcceptably(plan, std::nullopt, 108.0));
}

TEST(BeginsAcceptablyTest, AcceptsTheBeginningOfTheFile) {
  const MediaInfo media = Media();
  EXPECT_TRUE(BeginsAcceptably(PlanFastClip(media, 0, 30, {}), 10.5, 10.0));
}

}  // namespace
}  // namespace matinee::ffmpeg
