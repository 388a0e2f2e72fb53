#include "coord/redis/address.h"

#include <gtest/gtest.h>

#include <string>

namespace matinee::coord::redis {
namespace {

Address Parse(const std::string& url) {
  const auto address = ParseAddress(Secret(url));
  EXPECT_TRUE(address) << url << ": " << address.error().message;
  return address.value_or(Address());
}

TEST(RedisAddressTest, NeedsAHostOnly) {
  const Address address = Parse("redis://cache");
  EXPECT_EQ(address.host, "cache");
  EXPECT_EQ(address.port, 6379);
  EXPECT_EQ(address.database, 0);
  EXPECT_TRUE(address.user.empty());
  EXPECT_TRUE(address.password.empty());
  EXPECT_EQ(Parse("redis://cache/").host, "cache");
}

TEST(RedisAddressTest, ReadsEveryPart) {
  const Address address = Parse("redis://matinee:s%40cr%2Fet@cache.home:6380/3");
  EXPECT_EQ(address.host, "cache.home");
  EXPECT_EQ(address.port, 6380);
  EXPECT_EQ(address.user, "matinee");
  EXPECT_EQ(address.password.Reveal(), "s@cr/et");
  EXPECT_EQ(address.database, 3);
}

TEST(RedisAddressTest, TakesAPasswordWithoutAUser) {
  const Address address = Parse("redis://:secret@127.0.0.1");
  EXPECT_TRUE(address.user.empty());
  EXPECT_EQ(address.password.Reveal(), "secret");
}

TEST(RedisAddressTest, TakesAColonAndAnAtInThePassword) {
  EXPECT_EQ(Parse("redis://:a:b@c@host").password.Reveal(), "a:b@c");
}

TEST(RedisAddressTest, ReadsIpv6InBrackets) {
  EXPECT_EQ(Parse("redis://[::1]").host, "::1");
  const Address address = Parse("redis://:x@[fd00::7]:7000/1");
  EXPECT_EQ(address.host, "fd00::7");
  EXPECT_EQ(address.port, 7000);
  EXPECT_EQ(address.database, 1);
}

TEST(RedisAddressTest, RefusesInvalidAddressesAndQuotesNothingOfThem) {
  for (const char* url : {"",
                          "hunter2",
                          "http://hunter2",
                          "redis:hunter2",
                          "redis://",
                          "redis:///0",
                          "redis://hunter2@host",
                          "redis://:hunter2@",
                          "redis://user:@hunter2",
                          "redis://:hunter2%zz@host",
                          "redis://hunter2:0",
                          "redis://hunter2:65536",
                          "redis://hunter2:",
                          "redis://hunter2:port",
                          "redis://host/hunter2",
                          "redis://host/-1",
                          "redis://host/0/hunter2",
                          "redis://host/0?hunter2=1",
                          "redis://[hunter2]",
                          "redis://[::1",
                          "redis://[::1]hunter2",
                          "redis://hun ter2",
                          "redis://hunter2\r\nFLUSHALL",
                          "redis://a,hunter2",
                          "unix:///hunter2.sock"}) {
    const auto address = ParseAddress(Secret(url));
    ASSERT_FALSE(address) << url;
    EXPECT_EQ(address.error().code, Code::kInvalidArgument) << url;
    EXPECT_EQ(address.error().message.find("hunter2"), std::string::npos) << url;
    EXPECT_NE(address.error().message.find("REDIS_URL"), std::string::npos) << url;
  }
  EXPECT_FALSE(ParseAddress(Secret("redis://" + std::string(5000, 'a'))));
}

TEST(RedisAddressTest, SaysThatTlsNeedsATunnel) {
  const auto address = ParseAddress(Secret("rediss://:hunter2@host"));
  ASSERT_FALSE(address);
  EXPECT_NE(address.error().message.find("tunnel"), std::string::npos);
  EXPECT_EQ(address.error().message.find("hunter2"), std::string::npos);
}

}  // namespace
}  // namespace matinee::coord::redis
