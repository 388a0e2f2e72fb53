#include "live/request_check.h"

#include <gtest/gtest.h>

namespace matinee::live {
namespace {

int StatusOf(const RequestHead& head, const http::HostPolicy& hosts = {}) {
  const auto refused = RefuseRequest(head, hosts);
  return refused ? refused->status : 200;
}

TEST(RequestCheckTest, TheStreamHasOneAddress) {
  EXPECT_EQ(StatusOf({"GET", "/api/events", "localhost"}), 200);
  EXPECT_EQ(StatusOf({"HEAD", "/api/events", "localhost"}), 200);
  EXPECT_EQ(StatusOf({"GET", "/api/events?x=1", "localhost"}), 200);
  for (const char* target : {"", "/", "*", "/api/events/", "/api/event", "/api/events2",
                             "//api/events", "/api/../api/events", "/api/%65vents"}) {
    EXPECT_EQ(StatusOf({"GET", target, "localhost"}), 404) << target;
  }
}

TEST(RequestCheckTest, OnlyGetAndHeadAreAllowed) {
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "get", "BREW"}) {
    const auto refused = RefuseRequest({method, "/api/events", "localhost"}, {});
    ASSERT_TRUE(refused) << method;
    EXPECT_EQ(refused->status, 405);
    EXPECT_EQ(refused->headers.back().second, "GET, HEAD");
  }
}

TEST(RequestCheckTest, OnlyAllowedHostsAreAnswered) {
  const http::HostPolicy allowed({.allowed_hosts = {"nas.lan", "[::1]"}});
  EXPECT_EQ(StatusOf({"GET", "/api/events", "nas.lan"}, allowed), 200);
  EXPECT_EQ(StatusOf({"GET", "/api/events", "NAS.lan:8787"}, allowed), 200);
  EXPECT_EQ(StatusOf({"GET", "/api/events", "[::1]:8787"}, allowed), 200);
  EXPECT_EQ(StatusOf({"GET", "/api/events", "evil.example"}, allowed), 421);
  EXPECT_EQ(StatusOf({"GET", "/api/events", ""}, allowed), 421);
  EXPECT_EQ(StatusOf({"GET", "/api/events", std::nullopt}, allowed), 400);
}

}  // namespace
}  // namespace matinee::live
