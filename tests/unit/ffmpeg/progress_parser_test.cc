#include "ffmpeg/progress_parser.h"

#include <gtest/gtest.h>

namespace matinee::ffmpeg {
namespace {

ProgressParser Read(std::initializer_list<std::string_view> lines, double instant = 5.1) {
  ProgressParser report({1, 1000}, instant);
  for (const auto line : lines) report.ReadLine(line);
  return report;
}

TEST(ProgressParserTest, FindsTheFirstAndTheShownFrame) {
  const ProgressParser report = Read({"frame:0    pts:4021    pts_time:4.021", "decoded=1",
                                      "frame:1    pts:5063    pts_time:5.063", "decoded=1",
                                      "frame:2    pts:5104    pts_time:5.104", "decoded=1"});
  EXPECT_DOUBLE_EQ(*report.first_decoded_seconds(), 4.021);
  EXPECT_DOUBLE_EQ(*report.shown_seconds(), 5.063);
  EXPECT_FALSE(report.begin_seconds());
}

TEST(ProgressParserTest, IsExactWhereSixDigitsAreNot) {
  ProgressParser report({1, 90000}, 4000);
  report.ReadLine("frame:0    pts:324667890 pts_time:3607.42");
  report.ReadLine("decoded=1");
  EXPECT_NEAR(*report.first_decoded_seconds(), 3607.421, 1e-9);
}

TEST(ProgressParserTest, SeparatesTheBeginningOfAClipFromEarlierFrames) {
  const ProgressParser report = Read(
      {"frame:0 pts:100 pts_time:0.1", "decoded=1", "frame:0 pts:200 pts_time:0.2", "begin=1"});
  EXPECT_DOUBLE_EQ(*report.first_decoded_seconds(), 0.1);
  EXPECT_DOUBLE_EQ(*report.begin_seconds(), 0.2);
}

TEST(ProgressParserTest, ReadsTheFirstPacketOfEachStream) {
  const ProgressParser report =
      Read({"#tb 0: 1/16000", "#tb 1: 1/48000", "1,     476152,     476152,     1024,  4, 0x0",
            "0,     159008,     160336,      666,      173, 0xe07c541e",
            "0,     169008,     170336,      666,      173, 0xe07c541e"});
  EXPECT_DOUBLE_EQ(*report.first_video_packet_seconds(), 160336 / 16000.0);
  EXPECT_DOUBLE_EQ(*report.first_audio_packet_seconds(), 476152 / 48000.0);
}

TEST(ProgressParserTest, ReadsProgress) {
  EXPECT_DOUBLE_EQ(
      *Read({"frame=12", "out_time_us=2500000", "progress=continue"}).progress_seconds(), 2.5);
  EXPECT_FALSE(Read({"out_time_us=N/A"}).progress_seconds());
}

TEST(ProgressParserTest, IgnoresUnknownLines) {
  const ProgressParser report =
      Read({"", "frame:", "frame:0 pts:x", "decoded=1", "0,", "1,2", "#tb 0: ", "#tb 9: 1/1000",
            "#tb 0: 1/0", "0,1,2,3", "begin=1", "\xFF\xFE"});
  EXPECT_FALSE(report.first_decoded_seconds());
  EXPECT_FALSE(report.begin_seconds());
}

}  // namespace
}  // namespace matinee::ffmpeg
