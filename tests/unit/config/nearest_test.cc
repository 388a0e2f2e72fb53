#include "config/nearest.h"

#include <gtest/gtest.h>

#include <vector>

namespace matinee::config {
namespace {

TEST(EditDistance, CountsSlipsOfTheHand) {
  EXPECT_EQ(EditDistance("", ""), 0U);
  EXPECT_EQ(EditDistance("port", "port"), 0U);
  EXPECT_EQ(EditDistance("", "port"), 4U);
  EXPECT_EQ(EditDistance("port", ""), 4U);
  EXPECT_EQ(EditDistance("prt", "port"), 1U);
  EXPECT_EQ(EditDistance("poort", "port"), 1U);
  EXPECT_EQ(EditDistance("pirt", "port"), 1U);
  EXPECT_EQ(EditDistance("prot", "port"), 1U) << "two letters swapped are one slip";
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3U);
}

TEST(Nearest, FindsWhatWasMeant) {
  const std::vector<std::string> names = {"port", "host", "plex_url", "plex_token"};
  EXPECT_EQ(Nearest("prot", names), "port");
  EXPECT_EQ(Nearest("PLEX_URI", names), "plex_url");
  EXPECT_EQ(Nearest("plextoken", names), "plex_token");
}

TEST(Nearest, SaysNothingRatherThanNonsense) {
  const std::vector<std::string> names = {"port", "host"};
  EXPECT_EQ(Nearest("ffmpeg", names), "");
  EXPECT_EQ(Nearest("x", names), "");
  EXPECT_EQ(Nearest("", names), "");
  EXPECT_EQ(Nearest(std::string(100000, 'p'), names), "");
}

}  // namespace
}  // namespace matinee::config
