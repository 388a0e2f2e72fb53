#include "ffmpeg/seek.h"

#include <gtest/gtest.h>

namespace matinee::ffmpeg {
namespace {

MediaInfo Film(SeekKind kind, int reordered_frames = 2, double start_seconds = 0) {
  MediaInfo film;
  film.seek_kind = kind;
  film.start_time_seconds = start_seconds;
  film.duration_seconds = 600;
  film.video.emplace_back();
  film.video[0].reordered_frames = reordered_frames;
  film.video[0].start_seconds = start_seconds + 0.021;
  return film;
}

TEST(SeekSeconds, UndoesTheEarlySeekWhereFfmpegDoesIt) {
  EXPECT_NEAR(SeekSeconds(Film(SeekKind::kByIndex), 100, 0, 0), 100 + 3.0 / 23, 1e-9);
  EXPECT_NEAR(SeekSeconds(Film(SeekKind::kByIndex, 0), 100, 0, 0), 100, 1e-9);
  EXPECT_NEAR(SeekSeconds(Film(SeekKind::kByPts), 100, 0, 0), 100, 1e-9);
}

TEST(SeekSeconds, CountsFromTheBeginningOfTheFilmWhateverItsClock) {
  EXPECT_NEAR(SeekSeconds(Film(SeekKind::kByPts, 2, 3600), 100, 0, 0), 100, 1e-9);
}

TEST(SeekSeconds, BeginsAWholeGopEarlyWhereThereIsNoIndex) {
  MediaInfo film = Film(SeekKind::kByPosition, 0);
  EXPECT_NEAR(SeekSeconds(film, 100, 0, 0), 100 - 13, 1e-9);
  film.keyframe_distance_seconds = 0.5;
  EXPECT_NEAR(SeekSeconds(film, 100, 0, 0), 100 - 1.5, 1e-9);
}

TEST(SeekSeconds, BeginsEarlierWithEachAttemptAndAtLastAtTheBeginning) {
  double before = 1e9;
  for (int attempt = 0; attempt < kSeekAttempts; ++attempt) {
    const double seconds = SeekSeconds(Film(SeekKind::kByPts), 300, 0, attempt);
    EXPECT_LT(seconds, before);
    before = seconds;
  }
  EXPECT_EQ(before, 0);
}

TEST(SeekSeconds, LeavesRoomForSoundThatIsStoredEarlier) {
  EXPECT_NEAR(SeekSeconds(Film(SeekKind::kByPts), 100, 0.5, 0), 99.5, 1e-9);
}

TEST(SeekSeconds, DoesNotSeekBeforeTheFirstPicture) {
  EXPECT_EQ(SeekSeconds(Film(SeekKind::kByIndex), 0, 0, 0), 0);
  EXPECT_EQ(SeekSeconds(Film(SeekKind::kByIndex), 0.01, 0, 0), 0);
  EXPECT_EQ(SeekSeconds(Film(SeekKind::kByPosition), 5, 0, 0), 0);
}

}  // namespace
}  // namespace matinee::ffmpeg
