#include "jobs/attempt_registry.h"

#include <gtest/gtest.h>

namespace matinee::jobs {
namespace {

TEST(AttemptRegistryTest, AJobIsRegisteredOnceUntilItEnds) {
  AttemptRegistry attempts;
  ASSERT_TRUE(attempts.Begin("task", "a"));
  EXPECT_FALSE(attempts.Begin("task", "a"));
  EXPECT_TRUE(attempts.Begin("other", "a")) << "the row of another kind";
  EXPECT_EQ(attempts.count(), 2U);
  attempts.End("task", "a");
  EXPECT_TRUE(attempts.Begin("task", "a"));
}

TEST(AttemptRegistryTest, OnlyClaimedAttemptsAreListed) {
  AttemptRegistry attempts;
  ASSERT_TRUE(attempts.Begin("task", "a"));
  EXPECT_TRUE(attempts.Attempts().empty());
  attempts.Claimed("task", "a", 3);
  const auto listed = attempts.Attempts();
  ASSERT_EQ(listed.size(), 1U);
  EXPECT_EQ(listed[0].attempt, 3);
}

// Between the check of a row and the cancel, the attempt may end and the next one begin.
TEST(AttemptRegistryTest, ACancelOfAnEarlierAttemptDoesNotStopALaterOne) {
  AttemptRegistry attempts;
  const auto first = attempts.Begin("task", "a");
  ASSERT_TRUE(first);
  attempts.Claimed("task", "a", 1);
  attempts.End("task", "a");
  const auto second = attempts.Begin("task", "a");
  ASSERT_TRUE(second);
  attempts.Cancel("task", "a", 1);
  attempts.Claimed("task", "a", 2);
  attempts.Cancel("task", "a", 1);
  EXPECT_FALSE(second->cancelled());
  attempts.Cancel("task", "a", 2);
  EXPECT_TRUE(second->cancelled());
  EXPECT_FALSE(first->cancelled());
}

TEST(AttemptRegistryTest, AStopCancelsAttemptsThatAreNotClaimedYet) {
  AttemptRegistry attempts;
  const auto flag = attempts.Begin("task", "a");
  ASSERT_TRUE(flag);
  attempts.CancelAll();
  EXPECT_TRUE(flag->cancelled());
}

}  // namespace
}  // namespace matinee::jobs
