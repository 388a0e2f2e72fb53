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
}

}  // namespace
}  // namespace matinee::http
