#include "settings_fixture.h"

namespace matinee {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(PrintConfigTest, ShowsTheSourceOfEachValue) {
  const std::string text = Printed(Loaded("host: 127.0.0.1", {{"PORT", "9000"}}));
  EXPECT_THAT(text, HasSubstr("host: 127.0.0.1  # matinee.yaml\n"));
  EXPECT_THAT(text, HasSubstr("port: 9000  # environment\n"));
  EXPECT_THAT(text, HasSubstr("log_level: info  # default\n"));
  EXPECT_THAT(text, HasSubstr("capture_dir: \"./data/captures\"  # default\n"));
}

TEST(PrintConfigTest, MasksEverySecret) {
  const std::string text =
      Printed(Loaded("media_servers: [{name: a, type: emby, url: 'http://a', token: sesame4}]",
                     {{"PLEX_URL", "http://nas"},
                      {"PLEX_TOKEN", "sesame1"},
                      {"JELLYFIN_API_KEY", "sesame2"},
                      {"EMBY_API_KEY", "sesame3"}}));
  EXPECT_THAT(text, Not(HasSubstr("sesame")));
  EXPECT_THAT(text, HasSubstr("plex_token: \"***\"  # environment\n"));
  EXPECT_THAT(text, HasSubstr("    token: \"***\"\n"));
}

TEST(PrintConfigTest, LoadsAsTheSameSettings) {
  const Settings before = Loaded(R"(
allowed_hosts: [a.example.org, "fd00::1"]
media_roots: ["/films, and more", "/a: b #c"]
path_mappings: [{from: 'D:\Films "x"', to: "/films"}]
poll_interval: 1500ms
media_servers:
  - {name: attic, type: jellyfin, url: "http://attic", token: x, path_mappings: "/data=/attic"}
)",
                                 {{"PLEX_URL", "http://nas:32400"},
                                  {"PLEX_TOKEN", "x"},
                                  {"DATABASE_URL", "sqlite:///srv/x.db"},
                                  {"MIN_FREE_BYTES", "1G"},
                                  {"LOG_FORMAT", "json"}});
  const Settings after = Loaded(Printed(before));
  EXPECT_EQ(after.address.allowed_hosts, before.address.allowed_hosts);
  EXPECT_EQ(after.media.media_roots, before.media.media_roots);
  EXPECT_EQ(after.media.poll_interval, before.media.poll_interval);
  EXPECT_EQ(after.database.path, "/srv/x.db");
  EXPECT_EQ(after.captures.min_free_bytes, before.captures.min_free_bytes);
  EXPECT_EQ(after.log.format, before.log.format);
  ASSERT_EQ(after.media.servers.size(), before.media.servers.size());
  for (size_t i = 0; i < after.media.servers.size(); ++i) {
    EXPECT_EQ(after.media.servers[i].name, before.media.servers[i].name);
    EXPECT_EQ(after.media.servers[i].source, before.media.servers[i].source);
    EXPECT_EQ(after.media.servers[i].url, before.media.servers[i].url);
    EXPECT_EQ(after.media.servers[i].path_mappings, before.media.servers[i].path_mappings);
  }
}

}  // namespace
}  // namespace matinee
