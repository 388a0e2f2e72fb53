#include "http/address_settings.h"

#include "tests/unit/load_section.h"

namespace matinee::http {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class AddressSettingsTest : public testing::Test {
 protected:
  std::string BasePath(const std::string& text) {
    return address_.LoadFrom({{"BASE_PATH", text}}).base_path;
  }

  config::SectionLoader<AddressSettings> address_{AddressSection};
};

TEST_F(AddressSettingsTest, ABasePathHasALeadingSlashOnly) {
  EXPECT_EQ(BasePath("/matinee"), "/matinee");
  EXPECT_EQ(BasePath("matinee/"), "/matinee");
  EXPECT_EQ(BasePath("/a/b~c-d_e.f/"), "/a/b~c-d_e.f");
  EXPECT_EQ(BasePath("/"), "");
  EXPECT_EQ(BasePath(""), "");
}

TEST_F(AddressSettingsTest, AnInvalidBasePathIsRefused) {
  for (const char* text : {"/a//b", "/a/../b", "..", "/.", "/a b", "/a%2fb", "/a?b", "/ä", "/a;b",
                           "/a\"b", "/{x}", "/$x"}) {
    EXPECT_THAT(address_.ErrorOfEnvironment({{"BASE_PATH", text}}), HasSubstr("is not a path"))
        << text;
  }
}

TEST_F(AddressSettingsTest, HostNamesAreInLowerCase) {
  EXPECT_THAT(address_.LoadFrom({{"ALLOWED_HOSTS", "TV.example.org,FD00::1"}}).allowed_hosts,
              ElementsAre("tv.example.org", "[fd00::1]"));
  EXPECT_THAT(address_.LoadFrom({{"ALLOWED_HOSTS", "*.TV.example.org"}}).allowed_hosts,
              ElementsAre("*.tv.example.org"));
  EXPECT_THAT(address_.LoadFrom({{"OWN_HOSTS", "matinee.media.svc,nas"}}).own_hosts,
              ElementsAre("matinee.media.svc", "nas"));
  for (const char* text : {"*", "*.", "*.*.org", "a*.org", "tv.example.org:80", "*.[::1]"}) {
    EXPECT_THAT(address_.ErrorOfEnvironment({{"ALLOWED_HOSTS", text}}),
                HasSubstr("is not a host name"))
        << text;
  }
}

TEST_F(AddressSettingsTest, ThePublicAddressIsAUrl) {
  EXPECT_EQ(address_.LoadFrom({{"PUBLIC_URL", "https://tv.example.org/m/"}}).public_url,
            "https://tv.example.org/m");
  for (const char* text : {"tv.example.org", "ftp://tv", "https://", "https://a b", "https://a?b",
                           "https://user@tv.example.org", "https://a\"b", "https://tv:0"}) {
    EXPECT_NE(address_.ErrorOfEnvironment({{"PUBLIC_URL", text}}), "") << text;
  }
}

TEST_F(AddressSettingsTest, TrustedProxiesAreAddressesAndNetworks) {
  EXPECT_THAT(
      address_.LoadFrom({{"TRUSTED_PROXIES", "10.0.0.0/8,fd00::/16,127.0.0.1"}}).trusted_proxies,
      ElementsAre("10.0.0.0/8", "fd00::/16", "127.0.0.1"));
  for (const char* text : {"10.0.0.0/33", "10.0.0.0/", "10.0.0/8", "nas", "fd00::/129", "::/-1",
                           "10.0.0.0/8;", "1.2.3.4/ 8"}) {
    EXPECT_THAT(address_.ErrorOfEnvironment({{"TRUSTED_PROXIES", text}}),
                HasSubstr("is not an IP address or a network"))
        << text;
  }
}

}  // namespace
}  // namespace matinee::http
