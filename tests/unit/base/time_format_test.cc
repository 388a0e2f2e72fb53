#include "base/time_format.h"

#include <gtest/gtest.h>

#include <string>

namespace matinee {
namespace {

constexpr int64_t kNoon = 1'771'416'000'000'000;  // 2026-02-18T12:00:00Z, by date(1).

std::string Read(std::string_view text) {
  const auto time = ParseTime(text);
  return time ? FormatTime(*time) : "rejected";
}

TEST(FormatTimeTest, WritesMillisecondsAndTheOffsetInDigits) {
  EXPECT_EQ(FormatTime(FromMicros(kNoon)), "2026-02-18T12:00:00.000+00:00");
  EXPECT_EQ(FormatTime(FromMicros(kNoon + 123'456)), "2026-02-18T12:00:00.123+00:00");
  EXPECT_EQ(FormatTime(FromMicros(0)), "1970-01-01T00:00:00.000+00:00");
}

TEST(FormatTimeTest, TruncatesAndDoesNotRound) {
  EXPECT_EQ(FormatTime(FromMicros(kNoon - 1)), "2026-02-18T11:59:59.999+00:00");
}

TEST(FormatTimeTest, FormatsTimesBeforeTheEpoch) {
  EXPECT_EQ(FormatTime(FromMicros(-1)), "1969-12-31T23:59:59.999+00:00");
}

TEST(ParseTimeTest, ReadsWhatFormatTimeWrites) {
  for (const int64_t micros : {int64_t{0}, kNoon, int64_t{32'503'679'999'999'000}}) {
    const auto time = ParseTime(FormatTime(FromMicros(micros)));
    ASSERT_TRUE(time) << micros;
    EXPECT_EQ(ToMicros(*time), micros);
  }
}

TEST(ParseTimeTest, AcceptsEveryOffset) {
  for (const char* text :
       {"2026-02-18T12:00:00Z", "2026-02-18t12:00:00z", "2026-02-18 12:00:00Z",
        "2026-02-18T13:00:00+01:00", "2026-02-18T13:00:00+0100", "2026-02-18T06:30:00-05:30",
        "2026-02-19T11:59:00+23:59", "2026-02-18T12:00:00-00:00"}) {
    EXPECT_EQ(Read(text), "2026-02-18T12:00:00.000+00:00") << text;
  }
}

TEST(ParseTimeTest, AcceptsUpToNineDigitsOfASecond) {
  const auto micros = [](const std::string& fraction) {
    const auto time = ParseTime("2026-02-18T12:00:00" + fraction + "Z");
    return time ? ToMicros(*time) - kNoon : -1;
  };
  EXPECT_EQ(micros(""), 0);
  EXPECT_EQ(micros(".5"), 500'000);
  EXPECT_EQ(micros(".000001"), 1);
  EXPECT_EQ(micros(".123456789"), 123'456);
  EXPECT_EQ(micros("."), -1);
  EXPECT_EQ(micros(".1234567890"), -1);
  EXPECT_EQ(micros(".-5"), -1);
  EXPECT_EQ(micros(",5"), -1);
}

TEST(ParseTimeTest, ChecksTheCalendar) {
  EXPECT_EQ(Read("2024-02-29T00:00:00Z"), "2024-02-29T00:00:00.000+00:00");
  EXPECT_EQ(Read("2000-02-29T00:00:00Z"), "2000-02-29T00:00:00.000+00:00");
  EXPECT_EQ(Read("2026-12-31T23:59:60Z"), "2027-01-01T00:00:00.000+00:00") << "a leap second";
  for (const char* text : {"2025-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2026-00-01T00:00:00Z",
                           "2026-13-01T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-32T00:00:00Z",
                           "2026-04-31T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z",
                           "2026-01-01T00:00:61Z", "1969-12-31T23:59:59Z", "3000-01-01T00:00:00Z",
                           "0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z"}) {
    EXPECT_EQ(Read(text), "rejected") << text;
  }
  EXPECT_EQ(Read("2999-12-31T23:59:59Z"), "2999-12-31T23:59:59.000+00:00");
}

TEST(ParseTimeTest, RejectsTextThatIsNotATime) {
  using std::string_literals::operator""s;
  for (const std::string& text : {""s,
                                  "now"s,
                                  "2026-02-18"s,
                                  "2026-02-18T12:00:00"s,
                                  "2026-02-18T12:00Z"s,
                                  "2026-02-18T12:00:00+"s,
                                  "2026-02-18T12:00:00+1"s,
                                  "2026-02-18T12:00:00+24:00"s,
                                  "2026-02-18T12:00:00+01:60"s,
                                  "2026-02-18T12:00:00Zx"s,
                                  " 2026-02-18T12:00:00Z"s,
                                  "2026-02-18T12:00:00Z "s,
                                  "2026-02-18T12:00:00Z\0"s,
                                  "+026-02-18T12:00:00Z"s,
                                  "2026-2-18T12:00:00Z"s,
                                  "2026-02-18T12:00:00.Z"s,
                                  "1771416000"s,
                                  "20260218T120000Z"s,
                                  "2026-02-18T12:00:00−01:00"s,
                                  std::string(100000, '2')}) {
    EXPECT_EQ(Read(text), "rejected") << text.substr(0, 60);
  }
}

TEST(ParseTimeTest, TheErrorShowsAnExample) {
  const auto time = ParseTime("yesterday");
  ASSERT_FALSE(time);
  EXPECT_EQ(time.error().code, Code::kInvalidArgument);
  EXPECT_NE(time.error().message.find("2026-02-18T12:00:00"), std::string::npos);
}

TEST(MicrosTest, ConvertBothWays) {
  for (const int64_t micros : {int64_t{-1}, int64_t{0}, int64_t{1}, kNoon}) {
    EXPECT_EQ(ToMicros(FromMicros(micros)), micros);
  }
}

}  // namespace
}  // namespace matinee
