#include "config_fixture.h"

namespace matinee::config {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(PrintConfigTest, ShowsTheSourceOfEachValue) {
  const std::string text = PrintConfig(Loaded("host: 127.0.0.1", {{"PORT", "9000"}}));
  EXPECT_THAT(text, HasSubstr("host: 127.0.0.1  # matinee.yaml\n"));
  EXPECT_THAT(text, HasSubstr("port: 9000  # environment\n"));
  EXPECT_THAT(text, HasSubstr("log_level: info  # default\n"));
  EXPECT_THAT(text, HasSubstr("capture_dir: \"./data/captures\"  # default\n"));
}

TEST(PrintConfigTest, MasksEverySecret) {
  const std::string text =
      PrintConfig(Loaded("media_servers: [{name: a, type: emby, url: 'http://a', token: sesame4}]",
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
  const Settings after = Loaded(PrintConfig(before));
  EXPECT_EQ(after.allowed_hosts, before.allowed_hosts);
  EXPECT_EQ(after.media_roots, before.media_roots);
  EXPECT_EQ(after.poll_interval, before.poll_interval);
  EXPECT_EQ(after.db_path, "/srv/x.db");
  EXPECT_EQ(after.min_free_bytes, before.min_free_bytes);
  EXPECT_EQ(after.log_format, before.log_format);
  ASSERT_EQ(after.media_servers.size(), before.media_servers.size());
  for (size_t i = 0; i < after.media_servers.size(); ++i) {
    EXPECT_EQ(after.media_servers[i].name, before.media_servers[i].name);
    EXPECT_EQ(after.media_servers[i].type, before.media_servers[i].type);
    EXPECT_EQ(after.media_servers[i].url, before.media_servers[i].url);
    EXPECT_EQ(after.media_servers[i].path_mappings, before.media_servers[i].path_mappings);
  }
}

}  // namespace
}  // namespace matinee::config
