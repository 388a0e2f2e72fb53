#include "edge/repeated_lines.h"

#include <gtest/gtest.h>

namespace matinee::edge {
namespace {

using std::chrono::seconds;

TEST(RepeatedLinesTest, LetsALineThroughOnceAMinuteAndCountsIt) {
  RepeatedLines lines;
  const MonoTime start{};
  EXPECT_TRUE(lines.Add("[alert] 12#12: 2048 worker_connections are not enough", start));
  for (int i = 0; i < 1000; ++i) {
    EXPECT_FALSE(lines.Add("[alert] 13#13: 2048 worker_connections are not enough", start));
  }
  EXPECT_TRUE(lines.Add("[alert] another", start)) << "another kind";
  EXPECT_TRUE(lines.Due(start + seconds(59)).empty());
  const auto due = lines.Due(start + seconds(60));
  ASSERT_EQ(due.size(), 1U);
  EXPECT_EQ(due[0].text, "[alert] 13#13: 2048 worker_connections are not enough");
  EXPECT_EQ(due[0].repeated, 1000);
  EXPECT_TRUE(lines.Due(start + seconds(61)).empty());
  EXPECT_FALSE(
      lines.Add("[alert] 1#1: 2048 worker_connections are not enough", start + seconds(61)))
      << "its count was logged just now";
}

TEST(RepeatedLinesTest, LogsALineAgainAfterAMinute) {
  RepeatedLines lines;
  const MonoTime start{};
  EXPECT_TRUE(lines.Add("[error] a", start));
  EXPECT_TRUE(lines.Add("[error] a", start + seconds(60)));
}

TEST(RepeatedLinesTest, LeavesOutClientsAndNumbers) {
  RepeatedLines lines;
  const MonoTime start{};
  EXPECT_TRUE(lines.Add("[error] 1#1: *7 recv() failed, client: 10.0.0.7, host: \"a\"", start));
  EXPECT_FALSE(lines.Add("[error] 1#1: *81 recv() failed, client: 10.0.0.9, host: \"b\"", start));
  EXPECT_TRUE(lines.Add("[error] 1#1: *81 send() failed, client: 10.0.0.9, host: \"b\"", start));
}

TEST(RepeatedLinesTest, RemembersABoundedNumberOfKinds) {
  RepeatedLines lines;
  const MonoTime start{};
  EXPECT_TRUE(lines.Add("first", start));
  for (size_t i = 0; i < RepeatedLines::kKindsMax; ++i) {
    EXPECT_TRUE(lines.Add("line " + std::string(i + 1, 'x'), start + seconds(1)));
  }
  EXPECT_TRUE(lines.Add("first", start + seconds(2))) << "it was forgotten";
}

}  // namespace
}  // namespace matinee::edge
