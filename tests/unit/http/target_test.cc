#include "http/target.h"

#include <gmock/gmock.h>

namespace matinee::http {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

TEST(ParseRequestLineTest, ReadsMethodTargetAndVersion) {
  const auto line = ParseRequestLine("GET /a?b=c HTTP/1.1");
  ASSERT_TRUE(line.has_value());
  EXPECT_EQ(line->method, "GET");
  EXPECT_EQ(line->target, "/a?b=c");
  EXPECT_TRUE(line->is_http_1_1);
  EXPECT_FALSE(ParseRequestLine("GET / HTTP/1.0")->is_http_1_1);
}

TEST(ParseRequestLineTest, RefusesOtherLines) {
  for (const std::string line : {"", "GET", "GET /", "GET  / HTTP/1.1", "GET / HTTP/2.0",
                                 "GET / a HTTP/1.1", "GET /\x01 HTTP/1.1", "GET / http/1.1"}) {
    EXPECT_EQ(ParseRequestLine(line).error().code, Code::kMalformed) << line;
  }
}

TEST(ParseTargetTest, DecodesSegmentsOneByOne) {
  const auto target = ParseTarget("/a%20b/c%2Fd/%2e%2e//");
  ASSERT_TRUE(target.has_value());
  EXPECT_THAT(target->segments, ElementsAre("a b", "c/d", "..", "", ""));
  EXPECT_EQ(target->path, "/a b/c/d/..//");
}

TEST(ParseTargetTest, KeepsAPlusInThePath) {
  EXPECT_THAT(ParseTarget("/a+b")->segments, ElementsAre("a+b"));
}

TEST(ParseTargetTest, KeepsTheOrderOfQueryParametersAndRepetitions) {
  const auto target = ParseTarget("/p?b=1&a=x%3D+y&b=2&flag&=v&&u=a=b");
  ASSERT_TRUE(target.has_value());
  EXPECT_THAT(target->query, ElementsAre(Pair("b", "1"), Pair("a", "x= y"), Pair("b", "2"),
                                         Pair("flag", ""), Pair("", "v"), Pair("u", "a=b")));
}

TEST(ParseTargetTest, DropsAFragment) {
  EXPECT_THAT(ParseTarget("/a#b?c")->segments, ElementsAre("a"));
}

TEST(ParseTargetTest, RefusesBrokenEscapesAndNul) {
  for (const std::string target : {"", "*", "http://host/", "/%", "/%2", "/%zz", "/%00", "/a?b=%00",
                                   "/a?%00=b", "/a?b=%", "/a?%g0"}) {
    EXPECT_EQ(ParseTarget(target).error().code, Code::kMalformed) << target;
  }
}

TEST(ParseTargetTest, RefusesEndlessQueries) {
  std::string target = "/a?";
  for (int i = 0; i < 1000; ++i) target += "x&";
  EXPECT_EQ(ParseTarget(target).error().code, Code::kMalformed);
}

TEST(ParseTargetTest, ParsesTwentyThousandSlashes) {
  EXPECT_EQ(ParseTarget(std::string(20000, '/'))->segments.size(), 20000U);
}

}  // namespace
}  // namespace matinee::http
