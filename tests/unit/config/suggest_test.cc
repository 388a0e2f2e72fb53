#include "config/suggest.h"

#include <gtest/gtest.h>

#include <vector>

namespace matinee::config {
namespace {

TEST(EditDistanceTest, CountsTypos) {
  EXPECT_EQ(EditDistance("", ""), 0U);
  EXPECT_EQ(EditDistance("port", "port"), 0U);
  EXPECT_EQ(EditDistance("", "port"), 4U);
  EXPECT_EQ(EditDistance("port", ""), 4U);
  EXPECT_EQ(EditDistance("prt", "port"), 1U);
  EXPECT_EQ(EditDistance("poort", "port"), 1U);
  EXPECT_EQ(EditDistance("pirt", "port"), 1U);
  EXPECT_EQ(EditDistance("prot", "port"), 1U) << "two letters swapped are one typo";
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3U);
}

TEST(SuggestTest, FindsTheNearestName) {
  const std::vector<std::string> names = {"port", "host", "plex_url", "plex_token"};
  EXPECT_EQ(Suggest("prot", names), "port");
  EXPECT_EQ(Suggest("PLEX_URI", names), "plex_url");
  EXPECT_EQ(Suggest("plextoken", names), "plex_token");
}

TEST(SuggestTest, FindsNothingFarAway) {
  const std::vector<std::string> names = {"port", "host"};
  EXPECT_EQ(Suggest("ffmpeg", names), "");
  EXPECT_EQ(Suggest("x", names), "");
  EXPECT_EQ(Suggest("", names), "");
  EXPECT_EQ(Suggest(std::string(100000, 'p'), names), "");
}

}  // namespace
}  // namespace matinee::config
