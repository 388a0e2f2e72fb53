#include <sys/stat.h>

#include "config_fixture.h"

namespace matinee::config {
namespace {

using std::chrono::milliseconds;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

TEST(LoadTest, HasADefaultForEverything) {
  const Settings settings = LoadedFrom({});
  EXPECT_EQ(settings.host, "0.0.0.0");
  EXPECT_EQ(settings.port, 8787);
  EXPECT_EQ(settings.base_path, "");
  EXPECT_THAT(settings.allowed_hosts, IsEmpty());
  EXPECT_EQ(settings.api_address, (HostPort{"127.0.0.1", 8780}));
  EXPECT_EQ(settings.drain_delay, milliseconds(0));
  EXPECT_EQ(settings.data_dir, "./data");
  EXPECT_EQ(settings.capture_dir, "./data/captures");
  EXPECT_EQ(settings.db_path, "./data/matinee.db");
  EXPECT_EQ(settings.web_dir, "");
  EXPECT_EQ(settings.ffmpeg_path, "ffmpeg");
  EXPECT_EQ(settings.ffprobe_path, "ffprobe");
  EXPECT_EQ(settings.nginx_path, "nginx");
  EXPECT_THAT(settings.media_servers, IsEmpty());
  EXPECT_THAT(settings.media_roots, IsEmpty());
  EXPECT_EQ(settings.poll_interval, milliseconds(2000));
  EXPECT_EQ(settings.screenshot_quality, 2);
  EXPECT_EQ(settings.worker_slots, 0);
  EXPECT_EQ(settings.min_free_bytes, 536870912);
  EXPECT_EQ(settings.metrics_port, 9464);
  EXPECT_EQ(settings.metrics_address, "127.0.0.1");
  EXPECT_EQ(settings.log_level, Severity::kInfo);
  EXPECT_EQ(settings.log_format, LogFormat::kText);
  EXPECT_THAT(settings.warnings, IsEmpty());
}

TEST(LoadTest, ReadsEveryVariable) {
  const Settings settings = LoadedFrom({{"HOST", "::"},
                                        {"PORT", "80"},
                                        {"BASE_PATH", "matinee/"},
                                        {"ALLOWED_HOSTS", "TV.example.org, nas"},
                                        {"API_ADDRESS", "[fd00::1]:80"},
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
  EXPECT_EQ(settings.host, "::");
  EXPECT_EQ(settings.port, 80);
  EXPECT_EQ(settings.base_path, "/matinee");
  EXPECT_THAT(settings.allowed_hosts, ElementsAre("tv.example.org", "nas"));
  EXPECT_EQ(settings.api_address, (HostPort{"fd00::1", 80}));
  EXPECT_EQ(settings.drain_delay, milliseconds(5000));
  EXPECT_EQ(settings.data_dir, "/srv/matinee");
  EXPECT_EQ(settings.capture_dir, "/captures");
  EXPECT_EQ(settings.db_path, "/db/x.db");
  EXPECT_EQ(settings.web_dir, "/web");
  EXPECT_EQ(settings.ffmpeg_path, "/opt/ffmpeg/ffmpeg");
  EXPECT_EQ(settings.nginx_path, "/usr/sbin/nginx");
  EXPECT_THAT(settings.media_roots, ElementsAre("/films", "/tv"));
  EXPECT_EQ(settings.poll_interval, milliseconds(1500));
  EXPECT_EQ(settings.screenshot_quality, 31);
  EXPECT_EQ(settings.worker_slots, 4);
  EXPECT_EQ(settings.worker_cpus, 3);
  EXPECT_EQ(settings.min_free_bytes, 1073741824);
  EXPECT_EQ(settings.metrics_port, 0);
  EXPECT_EQ(settings.metrics_address, "localhost");
  EXPECT_EQ(settings.log_level, Severity::kDebug);
  EXPECT_EQ(settings.log_format, LogFormat::kJson);
}

TEST(LoadTest, ReadsTheSameFromTheFile) {
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
  EXPECT_EQ(settings.port, 9000);
  EXPECT_EQ(settings.base_path, "/m");
  EXPECT_THAT(settings.allowed_hosts, ElementsAre("tv.example.org", "nas"));
  EXPECT_THAT(settings.media_roots, ElementsAre("/films", "/tv"));
  EXPECT_EQ(settings.poll_interval, milliseconds(500));
  EXPECT_EQ(settings.log_level, Severity::kWarn);
}

TEST(LoadTest, LetsTheEnvironmentOverrideTheFile) {
  EXPECT_EQ(Loaded("port: 9000", {{"PORT", "9001"}}).port, 9001);
  EXPECT_EQ(Loaded("port: 9000", {{"PORT", ""}}).port, 9000) << "empty is not set";
}

TEST(LoadTest, AcceptsAListAsOneStringInTheFile) {
  EXPECT_THAT(Loaded("media_roots: /films:/tv").media_roots, ElementsAre("/films", "/tv"));
}

TEST(LoadTest, TreatsEmptyValuesAsNotSet) {
  const Settings settings = Loaded("port:\nhost: ''\nallowed_hosts: []\nlog_level: ~\n",
                                   {{"WORKER_SLOTS", ""}, {"DATABASE_URL", ""}});
  EXPECT_EQ(settings.port, 8787);
  EXPECT_EQ(settings.host, "0.0.0.0");
  EXPECT_EQ(settings.log_level, Severity::kInfo);
}

TEST(LoadTest, PutsCapturesAndDatabaseIntoTheDataFolder) {
  EXPECT_EQ(LoadedFrom({{"DATA_DIR", "/data"}}).capture_dir, "/data/captures");
  EXPECT_EQ(LoadedFrom({{"DATA_DIR", "/data"}}).db_path, "/data/matinee.db");
  EXPECT_EQ(LoadedFrom({{"DATA_DIR", "/"}}).db_path, "/matinee.db");
}

TEST(LoadTest, LooksForFfprobeBesideFfmpeg) {
  EXPECT_EQ(LoadedFrom({{"FFMPEG_PATH", "/opt/bin/ffmpeg"}}).ffprobe_path, "/opt/bin/ffprobe");
  EXPECT_EQ(LoadedFrom({{"FFMPEG_PATH", "ffmpeg5"}}).ffprobe_path, "ffprobe");
  EXPECT_EQ(LoadedFrom({{"FFMPEG_PATH", "/a/ffmpeg"}, {"FFPROBE_PATH", "/b/p"}}).ffprobe_path,
            "/b/p");
}

TEST(LoadTest, NamesTheVariableTheValueAndTheRange) {
  EXPECT_EQ(ErrorOfEnvironment({{"PORT", "99999"}}),
            "PORT: \"99999\" is not a whole number from 1 to 65535");
  EXPECT_EQ(ErrorOfEnvironment({{"POLL_INTERVAL", "1h"}}),
            "POLL_INTERVAL: \"1h\" is not a time with its unit (500ms, 2s, 1m) from 500ms to 1m");
  EXPECT_EQ(ErrorOfEnvironment({{"WORKER_SLOTS", "1"}}),
            "WORKER_SLOTS: \"1\" is not a whole number from 2 to 64, and not 0");
  EXPECT_EQ(ErrorOfEnvironment({{"LOG_LEVEL", "loud"}}),
            "LOG_LEVEL: \"loud\" is not one of debug, info, warn, error");
}

TEST(LoadTest, NamesTheLineOfTheFile) {
  EXPECT_EQ(ErrorOf("\n# a remark\nport: many\n"),
            "matinee.yaml:3: port: \"many\" is not a whole number from 1 to 65535");
  EXPECT_EQ(ErrorOf("host: [a, b]"), "matinee.yaml:1: host must be a string, not a list");
  EXPECT_EQ(ErrorOf("host: {a: b}"), "matinee.yaml:1: host must be a string, not a mapping");
  EXPECT_THAT(ErrorOf("media_roots: [[/a]]"), HasSubstr("media_roots has an entry that must be"));
}

TEST(LoadTest, ReportsAllErrorsAtOnce) {
  EXPECT_EQ(ErrorOf("port: x\nhots: nas\n", {{"LOG_FORMAT", "xml"}}),
            "3 settings are wrong:\n"
            "  matinee.yaml:1: port: \"x\" is not a whole number from 1 to 65535\n"
            "  LOG_FORMAT: \"xml\" is not one of text, json\n"
            "  matinee.yaml:2: unknown setting \"hots\"; did you mean host?");
}

TEST(LoadTest, ReportsAtMostTwentyErrors) {
  std::string yaml;
  for (int i = 0; i < 100; ++i) yaml += "unknown_number_" + std::to_string(i) + ": 1\n";
  const std::string error = ErrorOf(yaml);
  EXPECT_THAT(error, StartsWith("100 settings are wrong:"));
  EXPECT_THAT(error, HasSubstr("and more"));
  EXPECT_LT(std::count(error.begin(), error.end(), '\n'), 25);
}

TEST(LoadTest, RefusesAnUnknownKeyAndSuggestsTheNearest) {
  EXPECT_EQ(ErrorOf("plex_tokn: x"),
            "matinee.yaml:1: unknown setting \"plex_tokn\"; did you mean plex_token?");
  EXPECT_EQ(ErrorOf("PORT: 1"), "matinee.yaml:1: unknown setting \"PORT\"; did you mean port?");
  EXPECT_EQ(ErrorOf("something_else: x"), "matinee.yaml:1: unknown setting \"something_else\"");
}

TEST(LoadTest, IgnoresForeignVariables) {
  EXPECT_THAT(LoadedFrom({{"PATH", "/bin"}, {"HOME", "/"}, {"POTR", "1"}}).warnings, IsEmpty());
}

TEST(LoadTest, RefusesAMisspelledVariableWithThePrefix) {
  EXPECT_EQ(ErrorOfEnvironment({{"MATINEE_CONFG", "/x"}}),
            "unknown variable \"MATINEE_CONFG\"; did you mean MATINEE_CONFIG?");
  EXPECT_EQ(ErrorOfEnvironment({{"MATINEE_PLEX_URL", "/x"}}),
            "unknown variable \"MATINEE_PLEX_URL\"; did you mean PLEX_URL?");
}

TEST(LoadTest, WarnsOfVariablesThatLookLikeSettings) {
  EXPECT_THAT(LoadedFrom({{"MATINEE_FAVOURITE_FILM", "x"}}).warnings,
              ElementsAre("unknown variable \"MATINEE_FAVOURITE_FILM\""));
  EXPECT_THAT(LoadedFrom({{"PLEX_TOKN", "x"}}).warnings,
              ElementsAre("PLEX_TOKN is not a setting; did you mean PLEX_TOKEN?"));
  EXPECT_THAT(LoadedFrom({{"JELLYFIN_DATA_DIR", "/x"}}).warnings, IsEmpty());
}

TEST(LoadTest, IgnoresVariablesOfAKubernetesService) {
  EXPECT_THAT(LoadedFrom({{"MATINEE_PORT", "tcp://10.0.0.1:8787"},
                          {"MATINEE_SERVICE_HOST", "10.0.0.1"},
                          {"MATINEE_PORT_8787_TCP_ADDR", "10.0.0.1"}})
                  .warnings,
              IsEmpty());
}

TEST(LoadTest, RefusesTwoDatabases) {
  EXPECT_EQ(ErrorOfEnvironment({{"DB_PATH", "/a.db"}, {"DATABASE_URL", "sqlite:///b.db"}}),
            "DB_PATH and DATABASE_URL contradict each other; set one of them");
  EXPECT_THAT(ErrorOf("db_path: /a.db", {{"DATABASE_URL", "sqlite:///b.db"}}),
              HasSubstr("contradict"));
}

TEST(LoadTest, AcceptsADatabaseUrlOfAFile) {
  EXPECT_EQ(LoadedFrom({{"DATABASE_URL", "sqlite:///srv/my%20data/m.db"}}).db_path,
            "/srv/my data/m.db");
}

TEST(LoadTest, AcceptsPostgresAndRedisUrls) {
  const Settings settings = LoadedFrom({{"DATABASE_URL", "postgres://matinee:geheim@db/matinee"},
                                        {"REDIS_URL", "redis://:geheim@redis:6379/0"}});
  EXPECT_EQ(settings.database_url.Reveal(), "postgres://matinee:geheim@db/matinee");
  EXPECT_EQ(settings.redis_url.Reveal(), "redis://:geheim@redis:6379/0");
  EXPECT_EQ(settings.db_path, "");
  EXPECT_THAT(PrintConfig(settings), Not(HasSubstr("geheim")));
}

TEST(LoadTest, RefusesOtherDatabasesWithoutQuotingPasswords) {
  EXPECT_THAT(ErrorOfEnvironment({{"REDIS_URL", "rediss://:geheim@redis:6379/0"}}),
              AllOf(HasSubstr("redis://"), StartsWith("REDIS_URL"), Not(HasSubstr("geheim"))));
  EXPECT_THAT(ErrorOfEnvironment({{"DATABASE_URL", "mysql://x:geheim@y/z"}}),
              AllOf(HasSubstr("sqlite:///"), Not(HasSubstr("geheim"))));
}

TEST(LoadTest, RefusesControlCharactersAndInvalidUtf8) {
  EXPECT_EQ(ErrorOfEnvironment({{"DATA_DIR", "/data\nuser root;"}}),
            "DATA_DIR: the value has a control character");
  EXPECT_EQ(ErrorOfEnvironment({{"DATA_DIR", "/\xFF"}}), "DATA_DIR: the value is not UTF-8");
  EXPECT_THAT(ErrorOfEnvironment({{"DATA_DIR", std::string(5000, 'x')}}), HasSubstr("longer than"));
  EXPECT_THAT(ErrorOf("data_dir: \"/a\\0b\""), HasSubstr("control character"));
}

TEST(LoadTest, TruncatesALongInvalidValue) {
  EXPECT_LT(ErrorOfEnvironment({{"PORT", std::string(4000, '9')}}).size(), 300U);
}

TEST(LoadFileTest, ReadsTheFileThatIsNamed) {
  const TemporaryFolder folder;
  const auto settings = Load(folder.Write("m.yaml", "port: 9000\n"), {});
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(settings->port, 9000);
  const auto without = Load(std::nullopt, {});
  ASSERT_TRUE(without);
  EXPECT_EQ(without->port, 8787);
}

TEST(LoadFileTest, NamesTheMissingFile) {
  const auto settings = Load("/nowhere/m.yaml", {});
  ASSERT_FALSE(settings);
  EXPECT_THAT(settings.error().message,
              AllOf(StartsWith("MATINEE_CONFIG"), HasSubstr("/nowhere/m.yaml")));
}

TEST(LoadFileTest, RefusesAFileThatIsTooLong) {
  const TemporaryFolder folder;
  EXPECT_FALSE(Load(folder.Write("m.yaml", std::string(kYamlBytesMax + 1, '#')), {}));
  EXPECT_TRUE(Load(folder.Write("m.yaml", std::string(kYamlBytesMax, '#')), {}));
  EXPECT_FALSE(Load(folder.path(), {}));
}

}  // namespace
}  // namespace matinee::config
