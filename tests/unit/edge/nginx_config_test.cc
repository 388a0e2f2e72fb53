#include "edge/nginx_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "edge/edge.h"
#include "process/process_runner.h"
#include "tests/unit/http/host_table.h"
#include "tests/unit/temporary_folder.h"

namespace matinee::edge {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

EdgeOptions Options() {
  EdgeOptions options;
  options.upstreams = {{.path = "/api/", .server = {"127.0.0.1", 12345, "API_ADDRESS"}}};
  options.web_dir = "/srv/web";
  options.capture_dir = "/srv/captures";
  options.run_dir = "/srv/run";
  options.status_socket = "/srv/run/status.sock";
  return options;
}

std::string ConfigOf(const EdgeOptions& options) {
  const auto config = NginxConfig(options);
  EXPECT_TRUE(config) << (config ? "" : config.error().message);
  return config.value_or("");
}

// Checks the configuration with `nginx -t`: "" if it is valid, else nginx's error.
std::string NginxError(EdgeOptions options) {
  const TemporaryFolder folder;
  options.run_dir = folder.path();
  options.status_socket = folder.File("status.sock");
  const std::string path = folder.Write("nginx.conf", ConfigOf(options));
  process::SystemRunner runner;
  process::Command command;
  command.argv = {FindNginx("nginx"), "-t", "-q", "-e", "stderr", "-c", path};
  const auto exit = runner.Run(command, {});
  EXPECT_TRUE(exit) << (exit ? "" : exit.error().message);
  return exit && exit->ok() ? "" : exit->err;
}

TEST(NginxConfigTest, IsAcceptedByNginx) {
  EXPECT_EQ(NginxError(Options()), "");
}

TEST(NginxConfigTest, IsAcceptedByNginxWithEverySetting) {
  EdgeOptions options = Options();
  options.host = "127.0.0.1";
  options.port = 18999;
  options.base_path = "/matinee/home";
  options.hosts = http::ListedHosts();
  options.public_url = "https://" + std::string(200, 'a') + ".example.org:8443/matinee";
  options.trusted_proxies = {"10.0.0.0/8", "fd00::/16", "192.168.1.1"};
  const UpstreamServer live{"localhost", 12346, "LIVE_ADDRESS"};
  options.upstreams.push_back({.path = "/api/sessions",
                               .server = options.upstreams.front().server,
                               .credentials = true,
                               .cache = std::chrono::seconds(1)});
  options.upstreams.push_back({.path = "/api/events", .server = live, .streaming = true});
  options.upstreams.push_back({.path = "/api/rooms/", .server = live, .websocket = true});
  options.upstreams.push_back(
      {.path = "/captures/", .server = options.upstreams.front().server, .captures = true});
  EXPECT_EQ(NginxError(options), "");
}

TEST(NginxConfigTest, EscapesQuotesSpacesAndBackslashesInFolders) {
  EdgeOptions options = Options();
  options.web_dir = R"(/srv/a "quoted" \ folder; with {braces} # and 'more')";
  options.capture_dir = "/srv/ünï/映画";
  EXPECT_EQ(NginxError(options), "");
}

TEST(NginxConfigTest, RefusesFoldersThatCannotBeEscaped) {
  for (const char* folder : {"/srv/$uri", "/srv/new\nline", "/srv/\x01"}) {
    EdgeOptions options = Options();
    options.capture_dir = folder;
    const auto config = NginxConfig(options);
    ASSERT_FALSE(config);
    EXPECT_EQ(config.error().code, Code::kInvalidArgument);
    EXPECT_THAT(config.error().message, HasSubstr("/srv/"));
  }
}

TEST(NginxConfigTest, ListensOnIpv6InBrackets) {
  EdgeOptions options = Options();
  options.host = "::";
  EXPECT_THAT(ConfigOf(options), HasSubstr("listen [::]:8787"));
}

TEST(NginxConfigTest, ProxiesToTheUpstreamAddress) {
  EdgeOptions options = Options();
  EXPECT_THAT(ConfigOf(options), HasSubstr("server 127.0.0.1:12345 max_fails=0;"));
  options.upstreams.front().server.host = "fd00::1";
  EXPECT_THAT(ConfigOf(options), HasSubstr("server [fd00::1]:12345 max_fails=0;"));
  EXPECT_EQ(NginxError(options), "");
  options.upstreams.front().server.host = "localhost";
  EXPECT_THAT(ConfigOf(options), HasSubstr("server localhost:12345 max_fails=0;"));
  EXPECT_EQ(NginxError(options), "");
}

TEST(NginxConfigTest, FailsWithoutAnUpstreamForHealth) {
  EdgeOptions options = Options();
  options.upstreams.front().path = "/captures/";
  const auto config = NginxConfig(options);
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().code, Code::kInvalidArgument);
  EXPECT_THAT(config.error().message, HasSubstr("/api/health"));
}

TEST(NginxConfigTest, FailsIfCheckUpstreamsFails) {
  EdgeOptions options = Options();
  options.upstreams.push_back(options.upstreams.front());
  ASSERT_FALSE(NginxConfig(options));
}

TEST(NginxConfigTest, ServesCountersOnTheSocketOnly) {
  const std::string config = ConfigOf(Options());
  const size_t socket = config.find("listen \"unix:/srv/run/status.sock\"");
  const size_t counters = config.find("stub_status");
  const size_t page = config.find("listen 0.0.0.0:8787");
  ASSERT_NE(socket, std::string::npos);
  EXPECT_LT(socket, counters);
  EXPECT_LT(counters, page);
  EXPECT_EQ(config.find("stub_status", counters + 1), std::string::npos);
}

TEST(NginxConfigTest, ChecksHealthWithAnAllowedHost) {
  EXPECT_THAT(ConfigOf(Options()), HasSubstr("proxy_set_header Host \"localhost\";"));
  EdgeOptions options = Options();
  options.hosts = http::HostPolicy({.allowed_hosts = {"matinee.home", "nas"}});
  EXPECT_THAT(ConfigOf(options), HasSubstr("proxy_set_header Host \"matinee.home\";"));
}

TEST(NginxConfigTest, AddsRetryAfterToTemporaryErrors) {
  const std::string config = ConfigOf(Options());
  for (const char* status : {"502", "503", "504"}) {
    const std::string page =
        config.substr(config.find(std::string("location = /_problem/") + status));
    const std::string location = page.substr(0, page.find("    }\n"));
    EXPECT_THAT(location, HasSubstr("Retry-After 2 always;")) << status;
    EXPECT_THAT(location, HasSubstr("application/problem+json")) << status;
    EXPECT_THAT(location, HasSubstr("Try again in a moment.")) << status;
  }
}

TEST(NginxConfigTest, DoesNotRetryRequests) {
  EXPECT_THAT(ConfigOf(Options()), HasSubstr("proxy_next_upstream off"));
}

TEST(NginxConfigTest, StripsTheBasePath) {
  EdgeOptions options = Options();
  options.base_path = "/matinee";
  const std::string config = ConfigOf(options);
  EXPECT_THAT(config, HasSubstr("location /matinee/api/"));
  EXPECT_THAT(config, HasSubstr("rewrite ^/matinee(/.*)$ $1 break"));
  EXPECT_THAT(config, HasSubstr("location = / { return 302 /matinee/; }"));
}

TEST(NginxConfigTest, ChecksHostsByThePolicy) {
  EdgeOptions options = Options();
  options.hosts = http::ListedHosts();
  EXPECT_THAT(ConfigOf(options), HasSubstr("\"~*" + http::ListedHosts().Pattern() + "\" 1;"));
}

TEST(NginxConfigTest, FollowsNoLinkBelowTheFolderOfCaptures) {
  EXPECT_THAT(ConfigOf(Options()), HasSubstr("disable_symlinks on \"from=/srv/captures\";"));
}

TEST(NginxConfigTest, SetsTheUserForRootOnly) {
  EXPECT_THAT(ConfigOf(Options()), Not(HasSubstr("\nuser ")));
  EdgeOptions options = Options();
  options.worker_user = "root root";
  EXPECT_THAT(ConfigOf(options), HasSubstr("\nuser root root;"));
}

}  // namespace
}  // namespace matinee::edge
