#include "ffmpeg/seek.h"

#include <gtest/gtest.h>

namespace matinee::ffmpeg {
namespace {

MediaInfo Media(SeekKind kind, int reordered_frames = 2, double start_seconds = 0) {
  MediaInfo media;
  media.seek_kind = kind;
  media.start_time_seconds = start_seconds;
  media.duration_seconds = 600;
  media.video.emplace_back();
  media.video[0].reordered_frames = reordered_frames;
  media.video[0].start_seconds = start_seconds + 0.021;
  return media;
}

TEST(SeekSecondsTest, CompensatesForFfmpegsEarlySeek) {
  EXPECT_NEAR(SeekSeconds(Media(SeekKind::kByIndex), 100, 0, 0), 100 + 3.0 / 23, 1e-9);
  EXPECT_NEAR(SeekSeconds(Media(SeekKind::kByIndex, 0), 100, 0, 0), 100, 1e-9);
  EXPECT_NEAR(SeekSeconds(Media(SeekKind::kByPts), 100, 0, 0), 100, 1e-9);
}

TEST(SeekSecondsTest, CountsFromTheBeginningWhateverTheStartTime) {
  EXPECT_NEAR(SeekSeconds(Media(SeekKind::kByPts, 2, 3600), 100, 0, 0), 100, 1e-9);
}

TEST(SeekSecondsTest, BeginsAWholeGopEarlyWithoutAnIndex) {
  MediaInfo media = Media(SeekKind::kByPosition, 0);
  EXPECT_NEAR(SeekSeconds(media, 100, 0, 0), 100 - 13, 1e-9);
  media.keyframe_distance_seconds = 0.5;
  EXPECT_NEAR(SeekSeconds(media, 100, 0, 0), 100 - 1.5, 1e-9);
}

TEST(SeekSecondsTest, BeginsEarlierWithEachAttemptAndFinallyAtTheBeginning) {
  double before = 1e9;
  for (int attempt = 0; attempt < kSeekAttempts; ++attempt) {
    const double seconds = SeekSeconds(Media(SeekKind::kByPts), 300, 0, attempt);
    EXPECT_LT(seconds, before);
    before = seconds;
  }
  EXPECT_EQ(before, 0);
}

TEST(SeekSecondsTest, LeavesRoomForAudioThatIsStoredEarlier) {
  EXPECT_NEAR(SeekSeconds(Media(SeekKind::kByPts), 100, 0.5, 0), 99.5, 1e-9);
}

TEST(SeekSecondsTest, DoesNotSeekBeforeTheFirstFrame) {
  EXPECT_EQ(SeekSeconds(Media(SeekKind::kByIndex), 0, 0, 0), 0);
  EXPECT_EQ(SeekSeconds(Media(SeekKind::kByIndex), 0.01, 0, 0), 0);
  EXPECT_EQ(SeekSeconds(Media(SeekKind::kByPosition), 5, 0, 0), 0);
}

}  // namespace
}  // namespace matinee::ffmpeg
