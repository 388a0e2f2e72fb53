#include "base/secret.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <type_traits>

namespace matinee {
namespace {

TEST(Secret, PrintsAsStarsAndGivesItsTextOnlyWhenAsked) {
  const Secret secret("sesame");
  std::ostringstream out;
  out << secret;
  EXPECT_EQ(out.str(), "***");
  EXPECT_EQ(testing::PrintToString(secret), "***") << "not in the output of a failed test either";
  EXPECT_EQ(secret.Reveal(), "sesame");
}

TEST(Secret, PrintsAsNothingWhenThereIsNone) {
  std::ostringstream out;
  out << Secret();
  EXPECT_EQ(out.str(), "");
  EXPECT_TRUE(Secret().empty());
  EXPECT_TRUE(Secret("").empty());
  EXPECT_FALSE(Secret("x").empty());
}

TEST(Secret, DoesNotTurnIntoTextByItself) {
  static_assert(!std::is_convertible_v<Secret, std::string>);
  static_assert(!std::is_convertible_v<Secret, std::string_view>);
  static_assert(!std::is_convertible_v<std::string, Secret>);
}

TEST(Secret, IsComparedByItsText) {
  EXPECT_EQ(Secret("a"), Secret("a"));
  EXPECT_NE(Secret("a"), Secret("b"));
}

}  // namespace
}  // namespace matinee
