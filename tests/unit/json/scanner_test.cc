#include "json/scanner.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "base/strings.h"

namespace matinee::json {
namespace {

std::vector<Event> EventsOf(std::string_view text) {
  Scanner scanner(text);
  std::vector<Event> events;
  do {
    events.push_back(scanner.Next());
  } while (events.back() != Event::kEnd && events.back() != Event::kError);
  EXPECT_EQ(scanner.Next(), events.back());
  return events;
}

// Whether it is JSON, with numbers that a double holds.
bool IsJson(std::string_view text) {
  Scanner scanner(text);
  for (Event event = scanner.Next(); event != Event::kEnd; event = scanner.Next()) {
    if (event == Event::kError) return false;
    if (event == Event::kNumber && scanner.text().size() > 300) return false;
  }
  return true;
}

std::string StringOf(std::string_view text) {
  Scanner scanner(text);
  EXPECT_EQ(scanner.Next(), Event::kString) << text;
  std::string string;
  AppendUnescaped(scanner.text(), string);
  return string;
}

TEST(ScannerTest, ReturnsTheEventsInOrder) {
  EXPECT_EQ(
      EventsOf(R"( {"a" : [1, "b", true, false, null, {}, []], "c": {"d": -0.5e+3}} )"),
      (std::vector{Event::kBeginObject, Event::kName,      Event::kBeginArray,  Event::kNumber,
                   Event::kString,      Event::kTrue,      Event::kFalse,       Event::kNull,
                   Event::kBeginObject, Event::kEndObject, Event::kBeginArray,  Event::kEndArray,
                   Event::kEndArray,    Event::kName,      Event::kBeginObject, Event::kName,
                   Event::kNumber,      Event::kEndObject, Event::kEndObject,   Event::kEnd}));
}

TEST(ScannerTest, ReadsStringsWithEscapes) {
  EXPECT_EQ(StringOf(R"("")"), "");
  EXPECT_EQ(StringOf(R"("Das \"Boot\" \\ \/ \b\f\n\r\t ½")"), "Das \"Boot\" \\ / \b\f\n\r\t ½");
  EXPECT_EQ(StringOf(R"("\u0041\u00e9\u20AC\uD83C\uDFAC")"), "Aé€🎬");
  EXPECT_EQ(StringOf(R"("a\u0000b")"), std::string("a\0b", 3));
}

TEST(ScannerTest, SkipsAByteOrderMark) {
  EXPECT_EQ(EventsOf("\xEF\xBB\xBF[]"),
            (std::vector{Event::kBeginArray, Event::kEndArray, Event::kEnd}));
}

TEST(ScannerTest, SkipsAWholeValue) {
  Scanner scanner(R"([[1,{"a":[2]}],3])");
  EXPECT_EQ(scanner.Next(), Event::kBeginArray);
  EXPECT_TRUE(scanner.Skip(scanner.Next()));
  EXPECT_EQ(scanner.Next(), Event::kNumber);
  EXPECT_TRUE(scanner.Skip(Event::kNumber));
  EXPECT_EQ(scanner.Next(), Event::kEndArray);
  Scanner cut("[[1,[2]");
  EXPECT_FALSE(cut.Skip(cut.Next()));
}

TEST(ScannerTest, RefusesWhatIsNotJson) {
  for (const std::string& text : {std::string(),
                                  std::string(" "),
                                  std::string("nul"),
                                  std::string("truE"),
                                  std::string("[1,]"),
                                  std::string("[,1]"),
                                  std::string("[1 2]"),
                                  std::string("{\"a\":1,}"),
                                  std::string("{\"a\" 1}"),
                                  std::string("{a:1}"),
                                  std::string("{1:2}"),
                                  std::string("[}"),
                                  std::string("{]"),
                                  std::string("[1}"),
                                  std::string("1 2"),
                                  std::string("[] []"),
                                  std::string("01"),
                                  std::string("1."),
                                  std::string(".5"),
                                  std::string("-"),
                                  std::string("+1"),
                                  std::string("1e"),
                                  std::string("1e+"),
                                  std::string("0x10"),
                                  std::string("NaN"),
                                  std::string("\"a"),
                                  std::string("\"\\x\""),
                                  std::string("\"\\u12g4\""),
                                  std::string("\"\\u12"),
                                  std::string("\"\\"),
                                  std::string("\"\\ud800\""),
                                  std::string("\"\\udc00\""),
                                  std::string("\"\\ud800\\u0041\""),
                                  std::string("\"\n\""),
                                  std::string("\"\xFF\""),
                                  std::string("\"\xC0\xAF\""),
                                  std::string("\"\xED\xA0\x80\""),
                                  std::string("[]\0", 3),
                                  std::string("\0[]", 3),
                                  std::string("\xEF\xBB[]"),
                                  std::string("// a\n1"),
                                  std::string(300000, '['),
                                  std::string(300000, '{')}) {
    EXPECT_EQ(EventsOf(text).back(), Event::kError) << EscapeUnprintable(text.substr(0, 40));
  }
}

// Valid texts with a few bytes changed, cut or repeated are JSON exactly if the library that writes
// ours accepts them.
TEST(ScannerTest, AcceptsWhatAnotherParserAccepts) {
  const std::vector<std::string> seeds = {
      R"([{"Id":"6c1f","NowPlayingItem":{"Name":"Amélie 🎬","RunTimeTicks":28740000000}},{},[]])",
      R"({"a":[-0,0.5,1e5,-1.25E-3,10],"b":{"c":null,"d":[true,false]},"\u0065\ud83c\udfac":"\\\""})",
      R"( [ "\b\f\n\r\t\/" , { } , [ [ ] ] , -12.0e+1 ] )"};
  constexpr std::string_view kBytes = "[]{},:\"\\u0123dDcC89aAeE+-.tfn \n\t\xC3\xA9\xF0\x9F\xED";
  std::mt19937 random(1);
  const auto below = [&random](size_t end) {
    return std::uniform_int_distribution<size_t>(0, end - 1)(random);
  };
  int accepted = 0;
  for (int i = 0; i < 60000; ++i) {
    std::string text = seeds[below(seeds.size())];
    for (size_t changes = below(3); changes > 0 && !text.empty(); --changes) {
      const size_t at = below(text.size());
      switch (below(4)) {
        case 0:
          text[at] = kBytes[below(kBytes.size())];
          break;
        case 1:
          text.erase(at, 1 + below(3));
          break;
        case 2:
          text.insert(at, 1, kBytes[below(kBytes.size())]);
          break;
        default:
          text.insert(at, text.substr(below(text.size()), 1 + below(8)));
      }
    }
    const bool expected = nlohmann::json::accept(text);
    // A number that no double holds is grammar for one and an error for the other.
    if (!expected && text.find_first_of("eE") != std::string::npos && IsJson(text)) continue;
    ASSERT_EQ(IsJson(text), expected) << EscapeUnprintable(text);
    accepted += expected ? 1 : 0;
  }
  EXPECT_GT(accepted, 6000);
  EXPECT_LT(accepted, 54000);
}

}  // namespace
}  // namespace matinee::json
