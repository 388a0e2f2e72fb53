#include "process/output_buffers.h"

#include <gmock/gmock.h>

#include <vector>

namespace matinee::process {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> Lines(const std::vector<std::string>& chunks) {
  std::vector<std::string> lines;
  LineSplitter splitter([&lines](std::string_view line) { lines.emplace_back(line); });
  for (const auto& chunk : chunks) splitter.Add(chunk);
  splitter.Finish();
  return lines;
}

TEST(LineSplitterTest, JoinsLinesThatArriveInPieces) {
  EXPECT_THAT(Lines({"fra", "me=1\nfps", "=2", "5\n", "\nend"}),
              ElementsAre("frame=1", "fps=25", "", "end"));
}

TEST(LineSplitterTest, DropsCarriageReturnsAtLineEnds) {
  EXPECT_THAT(Lines({"a\r\nb\r", "\nc\r"}), ElementsAre("a", "b", "c"));
}

TEST(LineSplitterTest, SplitsAnEndlessLine) {
  const auto lines = Lines({std::string(3 * kLineBytesMax + 5, 'x')});
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_EQ(lines[0].size(), kLineBytesMax);
  EXPECT_EQ(lines[3], "xxxxx");
}

TEST(HeadBufferTest, KeepsTheFirstBytes) {
  HeadBuffer head(5);
  head.Add("abc");
  head.Add("defg");
  head.Add("h");
  EXPECT_EQ(head.Take(), "abcde");
}

TEST(TailBufferTest, KeepsTheLastBytes) {
  TailBuffer tail(5);
  for (int i = 0; i < 20000; ++i) tail.Add("0123456789");
  tail.Add("end");
  EXPECT_EQ(tail.Take(), "89end");
}

TEST(TailBufferTest, KeepsAShortTextWhole) {
  TailBuffer tail(5);
  tail.Add("ab");
  EXPECT_EQ(tail.Take(), "ab");
}

}  // namespace
}  // namespace matinee::process
