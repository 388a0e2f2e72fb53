#include "http/host_policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/http/host_table.h"

namespace matinee::http {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;

TEST(HostPolicyTest, AllowsNamesThatNoOtherSiteCanHave) {
  const HostPolicy policy = HomeHosts();
  for (const HostCase& row : kHostCases) EXPECT_EQ(policy.Allows(row.host), row.home) << row.host;
}

TEST(HostPolicyTest, AllowsOnlyTheListAndItsOwnNames) {
  const HostPolicy policy = ListedHosts();
  for (const HostCase& row : kHostCases) EXPECT_EQ(policy.Allows(row.host), row.listed) << row.host;
}

TEST(HostPolicyTest, AllowsAllForServersThatNoBrowserAsks) {
  for (const HostCase& row : kHostCases) EXPECT_TRUE(HostPolicy::AllowAll().Allows(row.host));
}

TEST(HostPolicyTest, DescribesWhatIsAllowed) {
  EXPECT_THAT(ListedHosts().Describe(),
              ElementsAre("tv.example.org", "[fd00::1]", "*.films.example", "matinee.example.net",
                          "matinee.media.svc"));
  EXPECT_THAT(HomeHosts().Describe(), Contains("*.local"));
  EXPECT_THAT(HomeHosts().Describe(), Contains("nas.example.com"));
  EXPECT_THAT(HostPolicy({.machine_name = "nas"}).Describe(), Not(Contains("nas")));
}

TEST(HostPolicyTest, NamesOneAllowedHost) {
  EXPECT_TRUE(HomeHosts().Allows(HomeHosts().OwnName()));
  EXPECT_TRUE(ListedHosts().Allows(ListedHosts().OwnName()));
  const HostPolicy wildcard({.allowed_hosts = {"*.films.example"}});
  EXPECT_TRUE(wildcard.Allows(wildcard.OwnName()));
}

TEST(HostPolicyTest, ShowsARefusedHostOnlyIfItNeedsNoEscaping) {
  EXPECT_EQ(RefusedHost("evil.example:80"), "the name evil.example:80");
  for (const char* host : {"", "<b>.example", "a\"b", "a'b", "a b", "m\xC3\xA4.example"}) {
    EXPECT_EQ(RefusedHost(host), "this name") << host;
  }
  EXPECT_EQ(RefusedHost(std::string(300, 'a')), "this name");
}

TEST(HostPolicyTest, WritesThePublicOriginAsBrowsersDo) {
  EXPECT_EQ(PublicOrigin("https://Matinee.example.org:443/a"), "https://matinee.example.org");
  EXPECT_EQ(PublicOrigin("http://nas:8787"), "http://nas:8787");
  EXPECT_EQ(PublicOrigin("http://[fd00::80]:80/"), "http://[fd00::80]");
  EXPECT_EQ(PublicOrigin("https://nas:80"), "https://nas:80");
  EXPECT_EQ(PublicOrigin(""), "");
}

}  // namespace
}  // namespace matinee::http
