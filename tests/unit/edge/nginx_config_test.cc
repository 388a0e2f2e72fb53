#include "edge/nginx_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "edge/edge.h"
#include "process/process_runner.h"
#include "tests/unit/temporary_folder.h"

namespace matinee::edge {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

EdgeOptions Options() {
  EdgeOptions options;
  options.upstream_port = 12345;
  options.web_dir = "/srv/web";
  options.capture_dir = "/srv/captures";
  options.run_dir = "/srv/run";
  return options;
}

std::string ConfigOf(const EdgeOptions& options) {
  const auto config = NginxConfig(options);
  EXPECT_TRUE(config) << (config ? "" : config.error().message);
  return config.value_or("");
}

// What nginx itself says of the configuration: "" if it is well.
std::string NginxSays(EdgeOptions options) {
  const TemporaryFolder folder;
  options.run_dir = folder.path();
  const std::string path = folder.Write("nginx.conf", ConfigOf(options));
  process::SystemRunner runner;
  process::Command command;
  command.argv = {FindNginx("nginx"), "-t", "-q", "-e", "stderr", "-c", path};
  const auto exit = runner.Run(command, {});
  EXPECT_TRUE(exit) << (exit ? "" : exit.error().message);
  return exit && exit->ok() ? "" : exit->err;
}

TEST(NginxConfig, NginxAcceptsIt) {
  EXPECT_EQ(NginxSays(Options()), "");
}

TEST(NginxConfig, NginxAcceptsItWithEverythingSet) {
  EdgeOptions options = Options();
  options.host = "127.0.0.1";
  options.port = 18999;
  options.base_path = "/matinee/home";
  options.allowed_hosts = {"matinee.home", "[::1]", "10.0.0.5"};
  EXPECT_EQ(NginxSays(options), "");
}

TEST(NginxConfig, NginxAcceptsFoldersWithQuotesSpacesAndBackslashes) {
  EdgeOptions options = Options();
  options.web_dir = R"(/srv/a "quoted" \ folder; with {braces} # and 'more')";
  options.capture_dir = "/srv/ünï/映画";
  EXPECT_EQ(NginxSays(options), "");
}

TEST(NginxConfig, RefusesFoldersThatNginxCannotBeTold) {
  for (const char* folder : {"/srv/$uri", "/srv/new\nline", "/srv/\x01"}) {
    EdgeOptions options = Options();
    options.capture_dir = folder;
    const auto config = NginxConfig(options);
    ASSERT_FALSE(config);
    EXPECT_EQ(config.error().code, Code::kInvalidArgument);
    EXPECT_THAT(config.error().message, HasSubstr("/srv/"));
  }
}

TEST(NginxConfig, ListensOnIpv6InBrackets) {
  EdgeOptions options = Options();
  options.host = "::";
  EXPECT_THAT(ConfigOf(options), HasSubstr("listen [::]:8787"));
}

TEST(NginxConfig, SendsEachRequestToTheApiOnce) {
  EXPECT_THAT(ConfigOf(Options()), HasSubstr("proxy_next_upstream off"));
}

TEST(NginxConfig, StripsTheBasePathForTheApi) {
  EdgeOptions options = Options();
  options.base_path = "/matinee";
  const std::string config = ConfigOf(options);
  EXPECT_THAT(config, HasSubstr("location /matinee/api/"));
  EXPECT_THAT(config, HasSubstr("rewrite ^/matinee(/.*)$ $1 break"));
  EXPECT_THAT(config, HasSubstr("location = / { return 302 /matinee/; }"));
}

TEST(NginxConfig, KnowsEveryHostWithoutAList) {
  EXPECT_THAT(ConfigOf(Options()), HasSubstr("$host_allowed { default 1; }"));
}

TEST(NginxConfig, TakesDotsInHostNamesAsDots) {
  EdgeOptions options = Options();
  options.allowed_hosts = {"matinee.home"};
  EXPECT_THAT(ConfigOf(options), HasSubstr(R"("~*^matinee\.home(:[0-9]+)?$" 1;)"));
}

TEST(NginxConfig, NamesAUserForRootOnly) {
  EXPECT_THAT(ConfigOf(Options()), Not(HasSubstr("\nuser ")));
  EdgeOptions options = Options();
  options.worker_user = "root root";
  EXPECT_THAT(ConfigOf(options), HasSubstr("\nuser root root;"));
}

}  // namespace
}  // namespace matinee::edge
