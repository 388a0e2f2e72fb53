#include "media/position_estimator.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <random>

#include "media/interval_estimate.h"

namespace matinee::media {
namespace {

using std::chrono::milliseconds;

MonoTime At(double seconds) {
  return MonoTime(
      std::chrono::duration_cast<MonoTime::duration>(std::chrono::duration<double>(seconds)));
}

TEST(IntervalEstimateTest, IsEmptyBeforeTheFirstInterval) {
  EXPECT_FALSE(IntervalEstimate(4).Get());
}

TEST(IntervalEstimateTest, NarrowsWithEachInterval) {
  IntervalEstimate estimate(4);
  estimate.Add({0, 10});
  estimate.Add({4, 20});
  estimate.Add({-5, 6});
  ASSERT_TRUE(estimate.Get());
  EXPECT_EQ(estimate.Get()->low, 4);
  EXPECT_EQ(estimate.Get()->high, 6);
}

TEST(IntervalEstimateTest, PrefersTheNewestWhenIntervalsContradict) {
  IntervalEstimate estimate(4);
  estimate.Add({0, 1});
  estimate.Add({10, 14});
  estimate.Add({12, 16});
  EXPECT_EQ(estimate.Get()->low, 12);
  EXPECT_EQ(estimate.Get()->high, 14);
}

TEST(IntervalEstimateTest, DropsTheOldestIntervals) {
  IntervalEstimate estimate(2);
  estimate.Add({5, 5.1});
  estimate.Add({0, 10});
  estimate.Add({0, 10});
  EXPECT_EQ(estimate.Get()->Middle(), 5);
  EXPECT_EQ(estimate.Get()->low, 0);
}

TEST(IntervalEstimateTest, IgnoresInvalidIntervals) {
  IntervalEstimate estimate(2);
  estimate.Add({3, 2});
  estimate.Add({NAN, 2});
  EXPECT_FALSE(estimate.Get());
}

// Simulates a player that reports every ten seconds, a server that repeats the last report, and
// polls.
class PlexPlayer {
 public:
  explicit PlexPlayer(double began, double first_report, unsigned seed)
      : began_(began), next_report_(first_report), random_(seed) {}

  // Plays and polls until `until`; returns the error of the estimate at that time, in seconds.
  double PollUntil(double until) {
    while (now_ < until) {
      const double requested = now_;
      const double received = now_ + 0.005;
      while (next_report_ <= requested) {
        reported_ = next_report_ - began_;
        next_report_ += 10;
      }
      estimator_.Observe(reported_, PlayState::kPlaying, {previous_, At(requested), At(received)});
      previous_ = At(requested);
      now_ += 2 * std::uniform_real_distribution<double>(0.8, 1.2)(random_);
    }
    return estimator_.PositionAt(At(now_)) - (now_ - began_);
  }

  // The viewer seeks; players report that at once.
  void Seek(double seconds) {
    began_ -= seconds;
    next_report_ = now_ - 0.7;
  }

  PositionEstimator estimator_;

 private:
  double began_;
  double next_report_;
  double now_ = 1000;
  double reported_ = 0;
  std::optional<MonoTime> previous_;
  std::minstd_rand random_;
};

TEST(PositionEstimatorTest, IsWithinFiveSecondsAfterTheFirstPoll) {
  PlexPlayer player(/*began=*/400, /*first_report=*/992, 1);
  EXPECT_LT(std::abs(player.PollUntil(1001)), 5.2);
}

TEST(PositionEstimatorTest, IsWithinASecondOnceAReportHasChanged) {
  for (unsigned seed = 1; seed <= 50; ++seed) {
    PlexPlayer player(400, 991 + 0.17 * seed, seed);
    EXPECT_LT(std::abs(player.PollUntil(1015)), 1.3) << seed;
  }
}

TEST(PositionEstimatorTest, IsWithinATenthOfASecondOnAverageAfterAMinute) {
  double sum = 0;
  for (unsigned seed = 1; seed <= 100; ++seed) {
    PlexPlayer player(400, 991 + 0.09 * seed, seed);
    const double error = std::abs(player.PollUntil(1080));
    EXPECT_LT(error, 0.8) << seed;
    sum += error;
  }
  EXPECT_LT(sum / 100, 0.2);
}

TEST(PositionEstimatorTest, RecoversAfterASeek) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    PlexPlayer player(400, 995, seed);
    player.PollUntil(1060);
    player.Seek(600);
    EXPECT_LT(std::abs(player.PollUntil(1068)), 1.3) << seed;
    EXPECT_LT(std::abs(player.PollUntil(1140)), 0.8) << seed;
  }
}

TEST(PositionEstimatorTest, RecoversAfterAnUnreportedStall) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    PlexPlayer player(400, 995, seed);
    player.PollUntil(1060);
    player.Seek(-1.0);
    EXPECT_LT(std::abs(player.PollUntil(1140)), 0.8) << seed;
  }
}

TEST(PositionEstimatorTest, StaysAtTheReportedPositionWhilePaused) {
  PositionEstimator estimator;
  estimator.Observe(100, PlayState::kPlaying, {std::nullopt, At(50), At(50.01)});
  estimator.Observe(103.5, PlayState::kPaused, {At(50), At(52), At(52.01)});
  EXPECT_EQ(estimator.PositionAt(At(60)), 103.5);
}

TEST(PositionEstimatorTest, StartsAgainAfterAPause) {
  PositionEstimator estimator;
  estimator.Observe(100, PlayState::kPaused, {std::nullopt, At(50), At(50.01)});
  // Resumed between the polls at 70 and 72: playback began at about -29.
  estimator.Observe(100, PlayState::kPlaying, {At(70), At(72), At(72.01)});
  EXPECT_NEAR(estimator.PositionAt(At(80)), 109, 0.1);
}

TEST(PositionEstimatorTest, DoesNotAdvanceWhileBuffering) {
  PositionEstimator estimator;
  estimator.Observe(100, PlayState::kPlaying, {At(48), At(50), At(50.01)});
  estimator.Observe(100, PlayState::kBuffering, {At(50), At(52), At(52.01)});
  EXPECT_EQ(estimator.PositionAt(At(58)), 100);
}

TEST(PositionEstimatorTest, StopsAdvancingWhenThePlayerStopsReporting) {
  PositionEstimator estimator;
  for (double now = 50; now < 300; now += 2) {
    estimator.Observe(100, PlayState::kPlaying, {At(now - 2), At(now), At(now + 0.01)});
  }
  EXPECT_LT(estimator.PositionAt(At(300)), 100 + 48);
  EXPECT_GT(estimator.PositionAt(At(300)), 100 + 40);
}

TEST(PositionEstimatorTest, IsNeverBeforeTheBeginning) {
  PositionEstimator estimator;
  EXPECT_EQ(estimator.PositionAt(At(0)), 0);
  estimator.Observe(0, PlayState::kPlaying, {At(98), At(100), At(100.01)});
  EXPECT_EQ(estimator.PositionAt(At(50)), 0);
}

}  // namespace
}  // namespace matinee::media
