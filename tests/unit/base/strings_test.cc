#include "base/strings.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

namespace matinee {
namespace {

using std::string_literals::operator""s;

TEST(TrimTest, RemovesWhiteSpaceAtBothEndsOnly) {
  EXPECT_EQ(Trim("  a b \t\r\n\f\v"), "a b");
  EXPECT_EQ(Trim(""), "");
  EXPECT_EQ(Trim(" \n "), "");
  EXPECT_EQ(Trim("\u00A0a"), "\u00A0a") << "ASCII only";
}

TEST(SplitTest, KeepsEmptyParts) {
  EXPECT_EQ(Split("a,b", ','), (std::vector<std::string_view>{"a", "b"}));
  EXPECT_EQ(Split("", ','), (std::vector<std::string_view>{""}));
  EXPECT_EQ(Split(",", ','), (std::vector<std::string_view>{"", ""}));
  EXPECT_EQ(Split("a,,b,", ','), (std::vector<std::string_view>{"a", "", "b", ""}));
}

TEST(ToLowerTest, ChangesAsciiLettersOnly) {
  EXPECT_EQ(ToLower("AbZ[`{ÄÖ"), "abz[`{ÄÖ");
}

TEST(EqualsIgnoreCaseTest, ComparesAsciiLetters) {
  EXPECT_TRUE(EqualsIgnoreCase("Content-TYPE", "content-type"));
  EXPECT_TRUE(EqualsIgnoreCase("", ""));
  EXPECT_FALSE(EqualsIgnoreCase("a", "ab"));
  EXPECT_FALSE(EqualsIgnoreCase("@", "`")) << "they differ by the bit that the cases differ by";
}

TEST(ParseIntTest, ParsesTheWholeTextOrFails) {
  EXPECT_EQ(ParseInt("0"), 0);
  EXPECT_EQ(ParseInt("-42"), -42);
  EXPECT_EQ(ParseInt("007"), 7);
  EXPECT_EQ(ParseInt("9223372036854775807"), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(ParseInt("-9223372036854775808"), std::numeric_limits<int64_t>::min());
  for (const std::string& text :
       {""s, " 1"s, "1 "s, "1x"s, "+1"s, "-"s, "1.0"s, "1e3"s, "0x10"s, "nan"s, "1\0"s,
        "9223372036854775808"s, "-9223372036854775809"s, "١"s, std::string(10000, '9')}) {
    EXPECT_EQ(ParseInt(text), std::nullopt) << text.substr(0, 40);
  }
}

TEST(ParseDoubleTest, AcceptsFiniteNumbersOnly) {
  EXPECT_EQ(ParseDouble("0.5"), 0.5);
  EXPECT_EQ(ParseDouble("-1e3"), -1000.0);
  EXPECT_EQ(ParseDouble(".5"), 0.5);
  EXPECT_EQ(ParseDouble("5."), 5.0);
  EXPECT_EQ(ParseDouble("1e308"), 1e308);
  for (const std::string& text :
       {""s, " 1"s, "1 "s, "1x"s, "+1"s, "nan"s, "NaN"s, "inf"s, "-inf"s, "infinity"s, "1e999"s,
        "-1e999"s, "0x1p3"s, "1,5"s, "."s, "e5"s, "--1"s, "1e"s, "1\0"s}) {
    EXPECT_EQ(ParseDouble(text), std::nullopt) << text;
  }
}

TEST(PercentEncodeTest, KeepsOnlyUnreservedCharacters) {
  EXPECT_EQ(PercentEncode("AZaz09-._~"), "AZaz09-._~");
  EXPECT_EQ(PercentEncode("a b/c?d=é&%+"), "a%20b%2Fc%3Fd%3D%C3%A9%26%25%2B");
  EXPECT_EQ(PercentEncode("\0\n\xFF"s), "%00%0A%FF");
}

TEST(PercentDecodeTest, RestoresEveryByte) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  EXPECT_EQ(PercentDecode(PercentEncode(all)), all);
  EXPECT_EQ(PercentDecode("%c3%A9%2f"), "é/");
  EXPECT_EQ(PercentDecode("a+b"), "a+b");
  EXPECT_EQ(PercentDecode("a+b%2B", true), "a b+");
  EXPECT_EQ(PercentDecode(""), "");
}

TEST(PercentDecodeTest, DecodesOnceOnly) {
  EXPECT_EQ(PercentDecode("%252e"), "%2e");
}

TEST(PercentDecodeTest, RejectsAnInvalidEscape) {
  for (const char* text : {"%", "%4", "a%", "%zz", "%4g", "%%41", "% 1", "%+1", "%-1"}) {
    EXPECT_EQ(PercentDecode(text), std::nullopt) << text;
  }
}

TEST(IsUtf8Test, AcceptsCharactersOfEveryLength) {
  EXPECT_TRUE(IsUtf8(""));
  EXPECT_TRUE(IsUtf8("\0a"s)) << "NUL is a character";
  EXPECT_TRUE(IsUtf8("\x7F\u0080\u07FF\u0800\uD7FF\uE000\uFFFF"));
  EXPECT_TRUE(IsUtf8("\U00010000\U0010FFFF"));
}

TEST(IsUtf8Test, RejectsWhatRfc3629Forbids) {
  for (const std::string& text : {
           "\x80"s,      // A continuation without a first byte.
           "\xC3"s,      // A first byte without its continuation,
           "\xE2\x82"s,  // or with too few,
           "\xC3(a"s,    // or with something else.
           "\xC0\xAF"s,  // Overlong '/',
           "\xC1\xBF"s,
           "\xE0\x80\xAF"s,
           "\xF0\x80\x80\xAF"s,
           "\xED\xA0\x80"s,  // Surrogates.
           "\xED\xBF\xBF"s,
           "\xF4\x90\x80\x80"s,  // Above U+10FFFF.
           "\xF5\x80\x80\x80"s,
           "\xFF"s,
           "\xFE"s,
       }) {
    EXPECT_FALSE(IsUtf8(text)) << PercentEncode(text);
    EXPECT_FALSE(IsUtf8("a" + text + "b")) << PercentEncode(text);
  }
}

TEST(EscapeUnprintableTest, EscapesControlCharactersAndBadBytesAndNothingElse) {
  EXPECT_EQ(EscapeUnprintable("Amélie 千 🎬 \\ \"x\""), "Amélie 千 🎬 \\ \"x\"");
  EXPECT_EQ(EscapeUnprintable("a\nb\0c\x1B[2J\x7F"s), "a\\x0Ab\\x00c\\x1B[2J\\x7F");
  EXPECT_EQ(EscapeUnprintable("\xC3(\xFF"), "\\xC3(\\xFF");
  EXPECT_EQ(EscapeUnprintable("\xE2\x82"), "\\xE2\\x82");
}

TEST(EscapeUnprintableTest, AlwaysReturnsUtf8) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  EXPECT_TRUE(IsUtf8(EscapeUnprintable(all)));
  EXPECT_TRUE(IsUtf8(EscapeUnprintable(all + all)));
}

TEST(TruncateUtf8Test, NeverSplitsACharacter) {
  const std::string text = "aé千🎬";  // 1, 2, 3 and 4 bytes.
  const std::vector<size_t> expected = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10};
  for (size_t bytes = 0; bytes < expected.size(); ++bytes) {
    const std::string_view cut = TruncateUtf8(text, bytes);
    EXPECT_EQ(cut.size(), expected[bytes]) << bytes;
    EXPECT_TRUE(IsUtf8(cut)) << bytes;
  }
}

}  // namespace
}  // namespace matinee
