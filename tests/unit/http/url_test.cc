#include <gtest/gtest.h>

#include "http/client.h"

namespace matinee::http {
namespace {

TEST(ParseBaseUrlTest, SplitsAUrlIntoItsParts) {
  const auto url = ParseBaseUrl("https://plex.home:32400/plex/");
  ASSERT_TRUE(url.has_value());
  EXPECT_EQ(url->scheme, "https");
  EXPECT_EQ(url->host, "plex.home");
  EXPECT_EQ(url->port, "32400");
  EXPECT_EQ(url->path, "/plex");
}

TEST(ParseBaseUrlTest, AcceptsAUrlWithoutPortAndPath) {
  const auto url = ParseBaseUrl("HTTP://192.168.1.5");
  ASSERT_TRUE(url.has_value());
  EXPECT_EQ(url->scheme, "http");
  EXPECT_EQ(url->host, "192.168.1.5");
  EXPECT_EQ(url->port, "");
  EXPECT_EQ(url->path, "");
}

TEST(ParseBaseUrlTest, AcceptsIpv6) {
  const auto url = ParseBaseUrl("http://[fd00::1]:8096");
  ASSERT_TRUE(url.has_value());
  EXPECT_EQ(url->host, "fd00::1");
  EXPECT_EQ(url->port, "8096");
}

TEST(ParseBaseUrlTest, RefusesOtherUrls) {
  for (const std::string text :
       {"", "plex:32400", "ftp://host", "file:///etc/passwd", "http://", "http:///path",
        "http://user@host", "http://user:hidden@host", "http://host/?token=hidden",
        "http://host/#hidden", "http://host?", "http://ho st", "http://host\\evil",
        "http://host:0x50", "http://host:99999", "http://host/\r\nX: y", "javascript://host"}) {
    const auto url = ParseBaseUrl(text);
    ASSERT_FALSE(url.has_value()) << text;
    EXPECT_EQ(url.error().code, Code::kInvalidArgument) << text;
    EXPECT_EQ(url.error().message.find("hidden"), std::string::npos) << url.error().message;
  }
}

}  // namespace
}  // namespace matinee::http
