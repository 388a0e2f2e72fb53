#include "media/media_server_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "base/time_format.h"
#include "tests/unit/manual_clock.h"
#include "tests/unit/media/fake_client.h"

namespace matinee::media {
namespace {

using testing::AnyOf;
using testing::HasSubstr;
using testing::Not;

class MediaServerClientTest : public testing::TestWithParam<MediaServerType> {
 protected:
  Result<http::ClientResponse> Get(std::chrono::milliseconds time = std::chrono::seconds(5)) {
    const MediaServerClient api(GetParam(), "http://192.0.2.7:8096/base/", "application/json",
                                {"X-Token", Secret("s3cret")}, client_, clock_);
    return api.Get("/Sessions", 1000, clock_.Mono() + time);
  }
  FakeClient client_;
  ManualClock clock_{WallTime{}};
};

INSTANTIATE_TEST_SUITE_P(EachKind, MediaServerClientTest,
                         testing::Values(MediaServerType::kPlex, MediaServerType::kJellyfin,
                                         MediaServerType::kEmby));

TEST_P(MediaServerClientTest, SendsTheSecretInAHeaderWithLimits) {
  client_.On("/Sessions", "[]");
  ASSERT_TRUE(Get(std::chrono::milliseconds(1234)));
  const auto request = client_.requests().at(0);
  EXPECT_EQ(request.url, "http://192.0.2.7:8096/base/Sessions");
  EXPECT_EQ(request.timeout, std::chrono::milliseconds(1234));
  EXPECT_EQ(request.body_bytes_max, 1000U);
  ASSERT_EQ(request.secret_headers.size(), 1U);
  EXPECT_EQ(request.secret_headers[0].second.Reveal(), "s3cret");
}

TEST_P(MediaServerClientTest, DoesNotSendARequestAfterTheDeadline) {
  EXPECT_EQ(Get(std::chrono::milliseconds(0)).error().code, Code::kDeadlineExceeded);
  EXPECT_TRUE(client_.requests().empty());
}

TEST_P(MediaServerClientTest, ExplainsEveryFailureWithoutSecretOrAddress) {
  const auto check = [this](Code expected) {
    const auto answer = Get();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, expected);
    const std::string& message = answer.error().message;
    EXPECT_THAT(message, AnyOf(HasSubstr("Plex"), HasSubstr("Jellyfin"), HasSubstr("Emby"),
                               HasSubstr("_URL")));
    EXPECT_THAT(message, Not(HasSubstr("s3cret")));
    EXPECT_THAT(message, Not(HasSubstr("192.0.2.7")));
    EXPECT_EQ(message.back(), '.');
  };
  const std::string message = "http://192.0.2.7:8096 cannot be reached: connection refused";
  for (const auto& [code, expected] : {std::pair{Code::kUnavailable, Code::kUnavailable},
                                       std::pair{Code::kDeadlineExceeded, Code::kDeadlineExceeded},
                                       std::pair{Code::kBadGateway, Code::kBadGateway},
                                       std::pair{Code::kInvalidArgument, Code::kBadGateway},
                                       std::pair{Code::kInternal, Code::kBadGateway}}) {
    client_.OnError("/Sessions", {code, message});
    check(expected);
  }
  for (const auto& [status, expected] :
       {std::pair{401, Code::kUnauthenticated}, std::pair{403, Code::kUnauthenticated},
        std::pair{404, Code::kNotFound}, std::pair{302, Code::kBadGateway},
        std::pair{308, Code::kBadGateway}, std::pair{500, Code::kBadGateway},
        std::pair{503, Code::kBadGateway}, std::pair{204, Code::kBadGateway},
        std::pair{0, Code::kBadGateway}}) {
    client_.OnStatus("/Sessions", status);
    check(expected);
  }
}

TEST_P(MediaServerClientTest, ReplacesTheAddressByTheProductName) {
  client_.OnError("/Sessions", {Code::kUnavailable,
                                "http://192.0.2.7:8096 has a certificate that is not trusted"});
  EXPECT_THAT(Get().error().message,
              testing::StartsWith(std::string(ProductOf(GetParam()).name) +
                                  " has a certificate that is not trusted. "));
}

TEST_P(MediaServerClientTest, DropsAMessageWithTheAddressInAnotherForm) {
  client_.OnError("/Sessions", {Code::kUnavailable, "no route to 192.0.2.7"});
  EXPECT_THAT(Get().error().message, Not(HasSubstr("192.0.2.7")));
}

TEST(ParseHttpDateTest, ParsesImfFixdate) {
  EXPECT_EQ(ParseHttpDate("Sun, 06 Nov 1994 08:49:37 GMT"), *ParseTime("1994-11-06T08:49:37Z"));
  EXPECT_EQ(ParseHttpDate("Wed, 18 Feb 2026 12:00:00 GMT"), *ParseTime("2026-02-18T12:00:00Z"));
}

TEST(ParseHttpDateTest, RejectsAnythingElse) {
  for (const char* text : {"", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
                           "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 31 Feb 1994 08:49:37 GMT",
                           "Sun, 06 Nov 1994 25:49:37 GMT", "Sun, 06 Abc 1994 08:49:37 GMT",
                           "Sun, -6 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 0000 08:49:37 GMT"}) {
    EXPECT_FALSE(ParseHttpDate(text)) << text;
  }
}

}  // namespace
}  // namespace matinee::media
