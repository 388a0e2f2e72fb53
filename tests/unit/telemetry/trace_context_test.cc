#include "telemetry/trace_context.h"

#include <gtest/gtest.h>

#include <string>

namespace matinee {
namespace {

const std::string kTrace = "4bf92f3577b34da6a3ce929d0e0e4736";
const std::string kSpan = "00f067aa0ba902b7";
const std::string kParent = "00-" + kTrace + "-" + kSpan + "-01";

TEST(TraceContextTest, ATraceparentIsParsedAndFormatted) {
  const auto ids = ParseTraceparent(kParent);
  ASSERT_TRUE(ids);
  EXPECT_EQ(ToHex(ids->trace_id), kTrace);
  EXPECT_EQ(ToHex(ids->span_id), kSpan);
  EXPECT_EQ(ids->flags, 1);
  EXPECT_EQ(FormatTraceparent(*ids), kParent);
}

TEST(TraceContextTest, OfALaterVersionTheFirstFourFieldsCount) {
  for (const std::string& text :
       {"01-" + kTrace + "-" + kSpan + "-01", "fe-" + kTrace + "-" + kSpan + "-01-x",
        "cc-" + kTrace + "-" + kSpan + "-01-what-the-future-will-be-like"}) {
    const auto ids = ParseTraceparent(text);
    ASSERT_TRUE(ids) << text;
    EXPECT_EQ(FormatTraceparent(*ids), kParent);
  }
}

TEST(TraceContextTest, UnknownFlagsAreNotPropagated) {
  EXPECT_EQ(FormatTraceparent(*ParseTraceparent("00-" + kTrace + "-" + kSpan + "-ff")),
            "00-" + kTrace + "-" + kSpan + "-03");
}

TEST(TraceContextTest, AMalformedTraceparentIsRejected) {
  const std::string nul(1, '\0');
  for (const std::string& text : {
           std::string(),
           std::string("00"),
           kParent.substr(0, 54),
           kParent + "-",
           kParent + "x",
           " " + kParent,
           "ff-" + kTrace + "-" + kSpan + "-01",
           "FE-" + kTrace + "-" + kSpan + "-01",
           "01-" + kTrace + "-" + kSpan + "-01x",
           "0g-" + kTrace + "-" + kSpan + "-01",
           "00_" + kTrace + "-" + kSpan + "-01",
           "00-" + kTrace + "_" + kSpan + "-01",
           "00-" + kTrace + "-" + kSpan + "_01",
           "00-4BF92F3577B34DA6A3CE929D0E0E4736-" + kSpan + "-01",
           "00-" + std::string(32, '0') + "-" + kSpan + "-01",
           "00-" + kTrace + "-" + std::string(16, '0') + "-01",
           "00-" + kTrace + "-" + kSpan + "-0" + nul,
           "00-" + std::string(32, '\xff') + "-" + kSpan + "-01",
           std::string(55, '-'),
           std::string(100'000, 'a'),
       }) {
    EXPECT_FALSE(ParseTraceparent(text)) << text;
  }
}

TEST(TraceContextTest, ATracestateOfOtherVendorsIsAccepted) {
  for (const char* text : {"congo=t61rcWkgMzE", "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE",
                           "a@b=1 , c-_*/d= x", "a=1,,b=2"}) {
    EXPECT_TRUE(IsTracestate(text)) << text;
  }
  EXPECT_TRUE(IsTracestate("a=" + std::string(256, 'x')));
}

TEST(TraceContextTest, AMalformedTracestateIsRejected) {
  std::string many;
  for (int i = 0; i < 33; ++i) many += "k" + std::to_string(i) + "=v,";
  for (const std::string& text :
       {std::string(), std::string(","), std::string("a"), std::string("=1"), std::string("a="),
        std::string("A=1"), std::string("a b=1"), std::string("a=1=2"), std::string("a=\r\nX: y"),
        std::string("a=1 ,\n b=2"), std::string("a=1\r"), std::string("a=\xc3\xa4"),
        "a=" + std::string(257, 'x'), many,
        "a=" + std::string(250, 'x') + ",b=" + std::string(250, 'x') + ",c=12345"}) {
    EXPECT_FALSE(IsTracestate(text)) << text;
  }
}

TEST(TraceContextTest, AThirtyThirdMemberIsRejected) {
  std::string members = "k=v";
  for (int i = 1; i < 32; ++i) members += ",k" + std::to_string(i) + "=v";
  EXPECT_TRUE(IsTracestate(members));
  EXPECT_FALSE(IsTracestate(members + ",one=more"));
}

TEST(TraceContextTest, WithoutATraceparentThereIsNoTracestate) {
  EXPECT_EQ(ReadTraceContext("nonsense", "a=1"), TraceContext());
  EXPECT_TRUE(ReadTraceContext("", "a=1").empty());
}

TEST(TraceContextTest, ABadTracestateDoesNotEndTheTrace) {
  EXPECT_EQ(ReadTraceContext(kParent, "a=1"), (TraceContext{kParent, "a=1"}));
  EXPECT_EQ(ReadTraceContext(kParent, "a=\n"), (TraceContext{kParent, ""}));
}

}  // namespace
}  // namespace matinee
