#include "base/clock.h"

#include <gtest/gtest.h>

#include "base/time_format.h"
#include "tests/unit/manual_clock.h"

namespace matinee {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

TEST(ManualClockTest, MovesOnlyWhenItIsAdvanced) {
  ManualClock clock(FromMicros(1'000'000));
  const MonoTime begin = clock.Mono();
  EXPECT_EQ(ToMicros(clock.Now()), 1'000'000);
  EXPECT_EQ(clock.Mono(), begin);
  clock.Advance(seconds(5));
  EXPECT_EQ(ToMicros(clock.Now()), 6'000'000);
  EXPECT_EQ(clock.Mono() - begin, seconds(5));
}

TEST(SystemClockTest, IsTheTimeOfDayAndMonotonic) {
  const SystemClock clock;
  EXPECT_GT(clock.Now(), *ParseTime("2024-01-01T00:00:00Z"));
  MonoTime before = clock.Mono();
  for (int i = 0; i < 1000; ++i) {
    const MonoTime now = clock.Mono();
    ASSERT_GE(now, before);
    before = now;
  }
  EXPECT_LT(clock.Mono() - before, hours(1));
}

}  // namespace
}  // namespace matinee
