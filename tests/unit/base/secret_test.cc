#include "base/secret.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>

namespace matinee {
namespace {

TEST(SecretTest, PrintsAsStarsAndOnlyRevealReturnsItsText) {
  const Secret secret("sesame");
  std::ostringstream out;
  out << secret;
  EXPECT_EQ(out.str(), "***");
  EXPECT_EQ(testing::PrintToString(secret), "***") << "not in the output of a failed test either";
  EXPECT_EQ(secret.Reveal(), "sesame");
}

TEST(SecretTest, AnEmptySecretPrintsAsNothing) {
  std::ostringstream out;
  out << Secret();
  EXPECT_EQ(out.str(), "");
  EXPECT_TRUE(Secret().empty());
  EXPECT_TRUE(Secret("").empty());
  EXPECT_FALSE(Secret("x").empty());
}

TEST(SecretTest, IsComparedByItsText) {
  EXPECT_EQ(Secret("a"), Secret("a"));
  EXPECT_NE(Secret("a"), Secret("b"));
}

}  // namespace
}  // namespace matinee
