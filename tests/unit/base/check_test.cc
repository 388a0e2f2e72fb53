#include "base/check.h"

#include <gtest/gtest.h>

namespace matinee {
namespace {

TEST(CheckTest, ATrueConditionIsEvaluatedOnce) {
  int evaluated = 0;
  MATINEE_CHECK(++evaluated == 1, "it is evaluated once");
  EXPECT_EQ(evaluated, 1);
}

TEST(CheckDeathTest, AFalseConditionAbortsAndSaysWhereAndWhat) {
  EXPECT_DEATH(MATINEE_CHECK(1 + 1 == 3, "sums are right"),
               "check_test.cc:[0-9]+: check failed: sums are right \\(1 \\+ 1 == 3\\)");
}

}  // namespace
}  // namespace matinee
