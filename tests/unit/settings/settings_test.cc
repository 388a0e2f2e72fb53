#include <algorithm>

#include "settings_fixture.h"

namespace matinee {
namespace {

using std::chrono::milliseconds;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

TEST(SettingsTest, HasADefaultForEverything) {
  const Settings settings = LoadedFrom({});
  EXPECT_EQ(settings.address.host, "0.0.0.0");
  EXPECT_EQ(settings.address.port, 8787);
  EXPECT_EQ(settings.address.base_path, "");
  EXPECT_THAT(settings.address.allowed_hosts, IsEmpty());
  EXPECT_EQ(settings.api.address, (config::HostPort{"127.0.0.1", 8780}));
  EXPECT_EQ(settings.live.address, (config::HostPort{"127.0.0.1", 8782}));
  EXPECT_EQ(settings.process.drain_delay, milliseconds(0));
  EXPECT_EQ(settings.process.data_dir, "./data");
  EXPECT_EQ(settings.captures.capture_dir, "./data/captures");
  EXPECT_EQ(settings.database.path, "./data/matinee.db");
  EXPECT_EQ(settings.edge.web_dir, "");
  EXPECT_EQ(settings.ffmpeg.ffmpeg_path, "ffmpeg");
  EXPECT_EQ(settings.ffmpeg.ffprobe_path, "ffprobe");
  EXPECT_EQ(settings.edge.nginx_path, "nginx");
  EXPECT_THAT(settings.media.servers, IsEmpty());
  EXPECT_THAT(settings.media.media_roots, IsEmpty());
  EXPECT_EQ(settings.media.poll_interval, milliseconds(2000));
  EXPECT_EQ(settings.ffmpeg.screenshot_quality, 2);
  EXPECT_EQ(settings.worker.slots, 0);
  EXPECT_EQ(settings.captures.min_free_bytes, 536870912);
  EXPECT_EQ(settings.admin.port, 9464);
  EXPECT_EQ(settings.admin.address, "127.0.0.1");
  EXPECT_EQ(settings.log.level, Severity::kInfo);
  EXPECT_EQ(settings.log.format, LogFormat::kText);
  EXPECT_THAT(settings.loaded.warnings, IsEmpty());
}

TEST(SettingsTest, ReadsEveryVariable) {
  const Settings settings = LoadedFrom({{"HOST", "::"},
                                        {"PORT", "80"},
                                        {"BASE_PATH", "matinee/"},
                                        {"ALLOWED_HOSTS", "TV.example.org, nas"},
                                        {"API_ADDRESS", "[fd00::1]:80"},
                                        {"LIVE_ADDRESS", "live:8082"},
                                        {"DRAIN_DELAY", "5s"},
                                        {"DATA_DIR", "/srv/matinee/"},
                                        {"CAPTURE_DIR", "/captures"},
                                        {"DB_PATH", "/db/x.db"},
                                        {"WEB_DIR", "/web"},
                                        {"FFMPEG_PATH", "/opt/ffmpeg/ffmpeg"},
                                        {"NGINX_PATH", "/usr/sbin/nginx"},
                                        {"MEDIA_ROOTS", "/films:/tv/"},
                                        {"POLL_INTERVAL", "1.5s"},
                                        {"SCREENSHOT_QUALITY", "31"},
                                        {"WORKER_SLOTS", "4"},
                                        {"WORKER_CPUS", "3"},
                                        {"MIN_FREE_BYTES", "1G"},
                                        {"METRICS_PORT", "0"},
                                        {"METRICS_ADDRESS", "localhost"},
                                        {"LOG_LEVEL", "DEBUG"},
                                        {"LOG_FORMAT", "json"}});
  EXPECT_EQ(settings.address.host, "::");
  EXPECT_EQ(settings.address.port, 80);
  EXPECT_EQ(settings.address.base_path, "/matinee");
  EXPECT_THAT(settings.address.allowed_hosts, ElementsAre("tv.example.org", "nas"));
  EXPECT_EQ(settings.api.address, (config::HostPort{"fd00::1", 80}));
  EXPECT_EQ(settings.live.address, (config::HostPort{"live", 8082}));
  EXPECT_EQ(settings.process.drain_delay, milliseconds(5000));
  EXPECT_EQ(settings.process.data_dir, "/srv/matinee");
  EXPECT_EQ(settings.captures.capture_dir, "/captures");
  EXPECT_EQ(settings.database.path, "/db/x.db");
  EXPECT_EQ(settings.edge.web_dir, "/web");
  EXPECT_EQ(settings.ffmpeg.ffmpeg_path, "/opt/ffmpeg/ffmpeg");
  EXPECT_EQ(settings.edge.nginx_path, "/usr/sbin/nginx");
  EXPECT_THAT(settings.media.media_roots, ElementsAre("/films", "/tv"));
  EXPECT_EQ(settings.media.poll_interval, milliseconds(1500));
  EXPECT_EQ(settings.ffmpeg.screenshot_quality, 31);
  EXPECT_EQ(settings.worker.slots, 4);
  EXPECT_EQ(settings.worker.cpus, 3);
  EXPECT_EQ(settings.captures.min_free_bytes, 1073741824);
  EXPECT_EQ(settings.admin.port, 0);
  EXPECT_EQ(settings.admin.address, "localhost");
  EXPECT_EQ(settings.log.level, Severity::kDebug);
  EXPECT_EQ(settings.log.format, LogFormat::kJson);
}

TEST(SettingsTest, ReadsTheSameFromTheFile) {
  const Settings settings = Loaded(R"(
port: 9000            # a number
base_path: "/m"
allowed_hosts: [TV.example.org, nas]
media_roots:
  - /films
  - /tv
poll_interval: 500ms
log_level: warn
)");
  EXPECT_EQ(settings.address.port, 9000);
  EXPECT_EQ(settings.address.base_path, "/m");
  EXPECT_THAT(settings.address.allowed_hosts, ElementsAre("tv.example.org", "nas"));
  EXPECT_THAT(settings.media.media_roots, ElementsAre("/films", "/tv"));
  EXPECT_EQ(settings.media.poll_interval, milliseconds(500));
  EXPECT_EQ(settings.log.level, Severity::kWarn);
}

TEST(SettingsTest, LetsTheEnvironmentOverrideTheFile) {
  EXPECT_EQ(Loaded("port: 9000", {{"PORT", "9001"}}).address.port, 9001);
  EXPECT_EQ(Loaded("port: 9000", {{"PORT", ""}}).address.port, 9000) << "empty is not set";
}

TEST(SettingsTest, AcceptsAListAsOneStringInTheFile) {
  EXPECT_THAT(Loaded("media_roots: /films:/tv").media.media_roots, ElementsAre("/films", "/tv"));
}

TEST(SettingsTest, TreatsEmptyValuesAsNotSet) {
  const Settings settings = Loaded("port:\nhost: ''\nallowed_hosts: []\nlog_level: ~\n",
                                   {{"WORKER_SLOTS", ""}, {"DATABASE_URL", ""}});
  EXPECT_EQ(settings.address.port, 8787);
  EXPECT_EQ(settings.address.host, "0.0.0.0");
  EXPECT_EQ(settings.log.level, Severity::kInfo);
}

TEST(SettingsTest, PutsCapturesAndDatabaseIntoTheDataFolder) {
  EXPECT_EQ(LoadedFrom({{"DATA_DIR", "/data"}}).captures.capture_dir, "/data/captures");
  EXPECT_EQ(LoadedFrom({{"DATA_DIR", "/data"}}).database.path, "/data/matinee.db");
  EXPECT_EQ(LoadedFrom({{"DATA_DIR", "/"}}).database.path, "/matinee.db");
}

TEST(SettingsTest, LooksForFfprobeBesideFfmpeg) {
  EXPECT_EQ(LoadedFrom({{"FFMPEG_PATH", "/opt/bin/ffmpeg"}}).ffmpeg.ffprobe_path,
            "/opt/bin/ffprobe");
  EXPECT_EQ(LoadedFrom({{"FFMPEG_PATH", "ffmpeg5"}}).ffmpeg.ffprobe_path, "ffprobe");
  EXPECT_EQ(
      LoadedFrom({{"FFMPEG_PATH", "/a/ffmpeg"}, {"FFPROBE_PATH", "/b/p"}}).ffmpeg.ffprobe_path,
      "/b/p");
}

TEST(SettingsTest, NamesTheVariableTheValueAndTheRange) {
  EXPECT_EQ(ErrorOfEnvironment({{"PORT", "99999"}}),
            "PORT: \"99999\" is not a whole number from 1 to 65535");
  EXPECT_EQ(ErrorOfEnvironment({{"POLL_INTERVAL", "1h"}}),
            "POLL_INTERVAL: \"1h\" is not a time with its unit (500ms, 2s, 1m) from 500ms to 1m");
  EXPECT_EQ(ErrorOfEnvironment({{"WORKER_SLOTS", "1"}}),
            "WORKER_SLOTS: \"1\" is not a whole number from 2 to 64, and not 0");
  EXPECT_EQ(ErrorOfEnvironment({{"LOG_LEVEL", "loud"}}),
            "LOG_LEVEL: \"loud\" is not one of debug, info, warn, error");
}

TEST(SettingsTest, NamesTheLineOfTheFile) {
  EXPECT_EQ(ErrorOf("\n# a remark\nport: many\n"),
            "matinee.yaml:3: port: \"many\" is not a whole number from 1 to 65535");
  EXPECT_EQ(ErrorOf("host: [a, b]"), "matinee.yaml:1: host must be a string, not a list");
  EXPECT_EQ(ErrorOf("host: {a: b}"), "matinee.yaml:1: host must be a string, not a mapping");
  EXPECT_THAT(ErrorOf("media_roots: [[/a]]"), HasSubstr("media_roots has an entry that must be"));
}

TEST(SettingsTest, ReportsAllErrorsAtOnce) {
  EXPECT_EQ(ErrorOf("port: x\nhots: nas\n", {{"LOG_FORMAT", "xml"}}),
            "3 settings are wrong:\n"
            "  matinee.yaml:1: port: \"x\" is not a whole number from 1 to 65535\n"
            "  LOG_FORMAT: \"xml\" is not one of text, json\n"
            "  matinee.yaml:2: unknown setting \"hots\"; did you mean host?");
}

TEST(SettingsTest, ReportsAtMostTwentyErrors) {
  std::string yaml;
  for (int i = 0; i < 100; ++i) yaml += "unknown_number_" + std::to_string(i) + ": 1\n";
  const std::string error = ErrorOf(yaml);
  EXPECT_THAT(error, StartsWith("100 settings are wrong:"));
  EXPECT_THAT(error, HasSubstr("and more"));
  EXPECT_LT(std::count(error.begin(), error.end(), '\n'), 25);
}

TEST(SettingsTest, RefusesAnUnknownKeyAndSuggestsTheNearest) {
  EXPECT_EQ(ErrorOf("plex_tokn: x"),
            "matinee.yaml:1: unknown setting \"plex_tokn\"; did you mean plex_token?");
  EXPECT_EQ(ErrorOf("PORT: 1"), "matinee.yaml:1: unknown setting \"PORT\"; did you mean port?");
  EXPECT_EQ(ErrorOf("something_else: x"), "matinee.yaml:1: unknown setting \"something_else\"");
}

TEST(SettingsTest, IgnoresForeignVariables) {
  EXPECT_THAT(LoadedFrom({{"PATH", "/bin"}, {"HOME", "/"}, {"POTR", "1"}}).loaded.warnings,
              IsEmpty());
}

TEST(SettingsTest, RefusesAMisspelledVariableWithThePrefix) {
  EXPECT_EQ(ErrorOfEnvironment({{"MATINEE_CONFG", "/x"}}),
            "unknown variable \"MATINEE_CONFG\"; did you mean MATINEE_CONFIG?");
  EXPECT_EQ(ErrorOfEnvironment({{"MATINEE_PLEX_URL", "/x"}}),
            "unknown variable \"MATINEE_PLEX_URL\"; did you mean PLEX_URL?");
}

TEST(SettingsTest, WarnsOfVariablesThatLookLikeSettings) {
  EXPECT_THAT(LoadedFrom({{"MATINEE_FAVOURITE_FILM", "x"}}).loaded.warnings,
              ElementsAre("unknown variable \"MATINEE_FAVOURITE_FILM\""));
  EXPECT_THAT(LoadedFrom({{"PLEX_TOKN", "x"}}).loaded.warnings,
              ElementsAre("PLEX_TOKN is not a setting; did you mean PLEX_TOKEN?"));
  EXPECT_THAT(LoadedFrom({{"JELLYFIN_DATA_DIR", "/x"}}).loaded.warnings, IsEmpty());
}

TEST(SettingsTest, IgnoresVariablesOfAKubernetesService) {
  EXPECT_THAT(LoadedFrom({{"MATINEE_PORT", "tcp://10.0.0.1:8787"},
                          {"MATINEE_SERVICE_HOST", "10.0.0.1"},
                          {"MATINEE_PORT_8787_TCP_ADDR", "10.0.0.1"}})
                  .loaded.warnings,
              IsEmpty());
}

TEST(SettingsTest, RefusesTwoDatabases) {
  EXPECT_EQ(ErrorOfEnvironment({{"DB_PATH", "/a.db"}, {"DATABASE_URL", "sqlite:///b.db"}}),
            "DB_PATH and DATABASE_URL contradict each other; set one of them");
  EXPECT_THAT(ErrorOf("db_path: /a.db", {{"DATABASE_URL", "sqlite:///b.db"}}),
              HasSubstr("contradict"));
}

TEST(SettingsTest, AcceptsADatabaseUrlOfAFile) {
  EXPECT_EQ(LoadedFrom({{"DATABASE_URL", "sqlite:///srv/my%20data/m.db"}}).database.path,
            "/srv/my data/m.db");
}

TEST(SettingsTest, AcceptsPostgresAndRedisUrls) {
  const Settings settings = LoadedFrom({{"DATABASE_URL", "postgres://matinee:geheim@db/matinee"},
                                        {"REDIS_URL", "redis://:geheim@redis:6379/0"}});
  EXPECT_EQ(settings.database.url.Reveal(), "postgres://matinee:geheim@db/matinee");
  EXPECT_EQ(settings.redis.url.Reveal(), "redis://:geheim@redis:6379/0");
  EXPECT_EQ(settings.database.path, "");
  EXPECT_THAT(Printed(settings), Not(HasSubstr("geheim")));
}

TEST(SettingsTest, RefusesOtherDatabasesWithoutQuotingPasswords) {
  EXPECT_THAT(ErrorOfEnvironment({{"REDIS_URL", "rediss://:geheim@redis:6379/0"}}),
              AllOf(HasSubstr("redis://"), StartsWith("REDIS_URL"), Not(HasSubstr("geheim"))));
  EXPECT_THAT(ErrorOfEnvironment({{"DATABASE_URL", "mysql://x:geheim@y/z"}}),
              AllOf(HasSubstr("sqlite:///"), Not(HasSubstr("geheim"))));
}

TEST(SettingsTest, RefusesControlCharactersAndInvalidUtf8) {
  EXPECT_EQ(ErrorOfEnvironment({{"DATA_DIR", "/data\nuser root;"}}),
            "DATA_DIR: the value has a control character");
  EXPECT_EQ(ErrorOfEnvironment({{"DATA_DIR", "/\xFF"}}), "DATA_DIR: the value is not UTF-8");
  EXPECT_THAT(ErrorOfEnvironment({{"DATA_DIR", std::string(5000, 'x')}}), HasSubstr("longer than"));
  EXPECT_THAT(ErrorOf("data_dir: \"/a\\0b\""), HasSubstr("control character"));
}

TEST(SettingsTest, TruncatesALongInvalidValue) {
  EXPECT_LT(ErrorOfEnvironment({{"PORT", std::string(4000, '9')}}).size(), 300U);
}

}  // namespace
}  // namespace matinee
