#include "http/request_head.h"

#include <gtest/gtest.h>

#include <string>

namespace matinee::http {
namespace {

constexpr HeadLimits kLimits{1000, 200};

HeadState Check(const std::string& input) {
  return CheckHead(input, kLimits);
}

TEST(CheckHeadTest, WaitsForTheEmptyLine) {
  const std::string head = "GET /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n";
  for (size_t length = 0; length < head.size(); ++length) {
    EXPECT_EQ(Check(head.substr(0, length)), HeadState::kIncomplete) << length;
  }
  EXPECT_EQ(Check(head), HeadState::kGood);
  EXPECT_EQ(Check(head + "abc"), HeadState::kGood);
  EXPECT_EQ(Check("GET /a HTTP/1.1\r\n\r\n"), HeadState::kGood);
}

TEST(CheckHeadTest, RefusesLongTargetsBeforeTheyAreComplete) {
  EXPECT_EQ(Check("GET /" + std::string(400, 'a')), HeadState::kTargetTooLong);
  EXPECT_EQ(Check("GET /" + std::string(210, 'a') + " HTTP/1.1\r\n"), HeadState::kTargetTooLong);
}

TEST(CheckHeadTest, RefusesLargeHeadsAndBodies) {
  EXPECT_EQ(Check("GET /a HTTP/1.1\r\nX: " + std::string(2000, 'a')), HeadState::kTooLarge);
  EXPECT_EQ(Check("POST /a HTTP/1.1\r\ncontent-length: 1001\r\n\r\n"), HeadState::kTooLarge);
  EXPECT_EQ(Check("POST /a HTTP/1.1\r\nContent-Length: 99999999999999\r\n\r\n"),
            HeadState::kTooLarge);
}

TEST(CheckHeadTest, RefusesRequestSmuggling) {
  for (const std::string header :
       {"Content-Length: 3\r\nContent-Length: 5", "Content-Length: 3\r\ncontent-length: 3",
        "Content-Length : 3", "Content-Length: -1", "Content-Length: +3", "Content-Length: 0x3",
        "Content-Length: 3, 5", "Content-Length: 99999999999999999999",
        "Content-Length:", "X: a\r\n folded", " X: a", ": a", "no colon", "X\t: a"}) {
    EXPECT_EQ(Check("POST /a HTTP/1.1\r\n" + header + "\r\n\r\n"), HeadState::kMalformed) << header;
  }
}

TEST(CheckHeadTest, RefusesOtherProtocolsAtTheirFirstByte) {
  EXPECT_EQ(Check("\x16"), HeadState::kMalformed);
  EXPECT_EQ(Check("\r\nGET / HTTP/1.1\r\n\r\n"), HeadState::kMalformed);
  EXPECT_EQ(Check("get / HTTP/1.1\r\n\r\n"), HeadState::kMalformed);
}

TEST(RemoveCookiesTest, TakesEachCookieHeaderOutOfTheHead) {
  std::string input =
      "POST /a HTTP/1.1\r\nCookie: a=1\r\nHost: a\r\ncookie:b=2;c \r\nX-Cookie: x\r\nCOOKIE:\r\n"
      "\r\nCookie: body\r\n\r\n";
  EXPECT_EQ(RemoveCookies(input), "a=1; b=2;c; ");
  EXPECT_EQ(input, "POST /a HTTP/1.1\r\nHost: a\r\nX-Cookie: x\r\n\r\nCookie: body\r\n\r\n");
}

TEST(RemoveCookiesTest, LeavesAHeadWithoutCookiesAlone) {
  for (const std::string head :
       {"GET /a HTTP/1.1\r\n\r\n", "GET /a HTTP/1.1\r\nHost: Cookie:\r\n\r\n"}) {
    std::string input = head;
    EXPECT_EQ(RemoveCookies(input), std::nullopt);
    EXPECT_EQ(input, head);
  }
}

}  // namespace
}  // namespace matinee::http
