#include "edge/upstream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "edge/upstream_config.h"

namespace matinee::edge {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

const UpstreamServer kApi{"127.0.0.1", 8780, "API_ADDRESS"};
const UpstreamServer kLive{"live", 8782, "LIVE_ADDRESS"};

Upstream Row(const std::string& path) {
  return {.path = path, .server = kApi};
}

// Returns the error of a table with this row, or "".
std::string ErrorOf(const Upstream& row) {
  const Status checked = CheckUpstreams({row});
  if (checked) return "";
  EXPECT_EQ(checked.error().code, Code::kInvalidArgument);
  return checked.error().message;
}

// Returns the location of this row in a table of one.
std::string LocationOf(const Upstream& row, const std::string& base = "") {
  EXPECT_EQ(ErrorOf(row), "");
  return UpstreamLocations({row}, base);
}

TEST(UpstreamTest, APathIsMadeOfNames) {
  for (const char* path : {"/api/", "/api/events", "/a", "/a/b-c._~/d"}) {
    EXPECT_EQ(ErrorOf(Row(path)), "") << path;
  }
}

TEST(UpstreamTest, HostilePathsAreErrors) {
  for (const std::string path : {"",
                                 "/",
                                 "//",
                                 "api/",
                                 "/api//x",
                                 "/api/../x",
                                 "/api/./",
                                 "/..",
                                 "/a b",
                                 "/a;",
                                 "/a{}",
                                 "/a}",
                                 "/$uri",
                                 "/a\"",
                                 "/a'",
                                 "/a\\",
                                 "/a#",
                                 "/%61",
                                 "/ü",
                                 "/a\n",
                                 "/a?b",
                                 "/a*",
                                 "/a; } location / { root /; "}) {
    EXPECT_THAT(ErrorOf(Row(path)), HasSubstr("is not a path")) << path;
  }
  EXPECT_THAT(ErrorOf(Row(std::string("/a\0b", 4))), HasSubstr("is not a path"));
  EXPECT_THAT(ErrorOf(Row("/" + std::string(200, 'a'))), HasSubstr("is not a path"));
}

TEST(UpstreamTest, AddressesThatNginxServesItselfAreErrors) {
  for (const char* path : {"/_captures/", "/_captures/a.mp4", "/_problem/404", "/assets/",
                           "/assets/x/", "/api/docs", "/api/docs/", "/api/openapi.json"}) {
    EXPECT_THAT(ErrorOf(Row(path)), HasSubstr("nginx serves itself")) << path;
  }
}

TEST(UpstreamTest, HostileServersAreErrors) {
  for (const std::string host : {"", "a b", "a;", "a}", "$host", "a/b", "a\nb", "a#", "unix:/x"}) {
    Upstream row = Row("/api/");
    row.server.host = host;
    EXPECT_THAT(ErrorOf(row), HasSubstr("has a host that is not")) << host;
  }
  Upstream row = Row("/api/");
  row.server.port = 0;
  EXPECT_THAT(ErrorOf(row), HasSubstr("has port 0"));
}

TEST(UpstreamTest, APathIsClaimedByOneRow) {
  const Status twice = CheckUpstreams({Row("/api/"), {.path = "/api/", .server = kLive}});
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().code, Code::kInvalidArgument);
  EXPECT_EQ(twice.error().message, "the upstream \"/api/\" is claimed by two rows");
  EXPECT_TRUE(CheckUpstreams({Row("/api/"), Row("/api/events"), Row("/api/x/")}));
}

TEST(UpstreamTest, LimitsOfZeroAreErrors) {
  Upstream body = Row("/api/");
  body.body_bytes_max = 0;
  EXPECT_THAT(ErrorOf(body), HasSubstr("needs a limit of the body"));
  for (const auto timeout :
       {&Upstream::connect_timeout, &Upstream::send_timeout, &Upstream::read_timeout}) {
    Upstream row = Row("/api/");
    row.*timeout = milliseconds(0);
    EXPECT_THAT(ErrorOf(row), HasSubstr("needs timeouts"));
  }
}

TEST(UpstreamTest, OnlyOneAddressWithOneAnswerIsCached) {
  Upstream row = Row("/api/");
  row.cache = seconds(1);
  EXPECT_THAT(ErrorOf(row), HasSubstr("below a prefix"));
  row.path = "/api/sessions";
  EXPECT_EQ(ErrorOf(row), "");
  row.streaming = true;
  EXPECT_THAT(ErrorOf(row), HasSubstr("it is a stream"));
  row.streaming = false;
  row.websocket = true;
  EXPECT_THAT(ErrorOf(row), HasSubstr("it is a stream"));
  row.websocket = false;
  row.cache = seconds(-1);
  EXPECT_THAT(ErrorOf(row), HasSubstr("negative"));
}

TEST(UpstreamTest, TheLongestPathServes) {
  const Upstreams table = {Row("/api/"), Row("/api/events"), Row("/api/rooms/")};
  const auto path_of = [&table](std::string_view path) {
    const Upstream* const row = FindUpstream(table, path);
    return row == nullptr ? "" : row->path;
  };
  EXPECT_EQ(path_of("/api/health"), "/api/");
  EXPECT_EQ(path_of("/api/events"), "/api/events");
  EXPECT_EQ(path_of("/api/events/1"), "/api/");
  EXPECT_EQ(path_of("/api/rooms/1"), "/api/rooms/");
  EXPECT_EQ(path_of("/api"), "");
  EXPECT_EQ(path_of("/"), "");
}

TEST(UpstreamConfigTest, CredentialsPassOnlyWhereTheRowSaysSo) {
  const std::string without = LocationOf(Row("/api/"));
  for (const char* header : {"Cookie", "Authorization", "Origin"}) {
    EXPECT_THAT(without, HasSubstr(std::string("proxy_set_header ") + header + " \"\";"));
  }
  Upstream row = Row("/api/");
  row.credentials = true;
  const std::string with = LocationOf(row);
  EXPECT_THAT(with, HasSubstr("proxy_set_header Cookie $http_cookie;"));
  EXPECT_THAT(with, HasSubstr("proxy_set_header Authorization $http_authorization;"));
  EXPECT_THAT(with, HasSubstr("proxy_set_header Origin $http_origin;"));
}

TEST(UpstreamConfigTest, UpgradePassesOnlyWhereTheRowSaysSo) {
  EXPECT_THAT(LocationOf(Row("/api/")), HasSubstr("proxy_set_header Upgrade \"\";"));
  Upstream row = Row("/api/rooms/");
  row.websocket = true;
  EXPECT_THAT(LocationOf(row), HasSubstr("proxy_set_header Upgrade $proxy_upgrade;"));
  EXPECT_THAT(LocationOf(row), HasSubstr("proxy_set_header Connection $proxy_connection;"));
}

TEST(UpstreamConfigTest, ASharedAnswerIsNeverAPersons) {
  EXPECT_THAT(LocationOf(Row("/api/sessions")), Not(HasSubstr("proxy_cache")));
  Upstream row = Row("/api/sessions");
  row.cache = seconds(1);
  for (const bool credentials : {false, true}) {
    row.credentials = credentials;
    const std::string location = LocationOf(row);
    EXPECT_THAT(location, HasSubstr("proxy_cache_valid 200 1s;"));
    EXPECT_THAT(location, HasSubstr("proxy_cache_bypass $personal;"));
    EXPECT_THAT(location, HasSubstr("proxy_no_cache $personal;"));
  }
}

TEST(UpstreamConfigTest, FilesAreDeliveredOnlyWhereTheRowSaysSo) {
  EXPECT_THAT(LocationOf(Row("/api/")), HasSubstr("proxy_ignore_headers X-Accel-Redirect;"));
  Upstream row = Row("/captures/");
  row.captures = true;
  EXPECT_THAT(LocationOf(row), Not(HasSubstr("proxy_ignore_headers")));
}

TEST(UpstreamConfigTest, LimitsComeFromTheRow) {
  Upstream row = Row("/api/events");
  row.streaming = true;
  row.body_bytes_max = 1234;
  row.connect_timeout = milliseconds(1500);
  row.send_timeout = seconds(2);
  row.read_timeout = seconds(40);
  const std::string location = LocationOf(row);
  for (const char* directive :
       {"location = /api/events {", "proxy_buffering off;", "proxy_request_buffering off;",
        "client_max_body_size 1234;", "proxy_connect_timeout 1500ms;", "proxy_send_timeout 2000ms;",
        "proxy_read_timeout 40000ms;"}) {
    EXPECT_THAT(location, HasSubstr(directive));
  }
  EXPECT_THAT(LocationOf(Row("/api/")), Not(HasSubstr("buffering off")));
}

TEST(UpstreamConfigTest, RowsOfOneServerShareAGroup) {
  const Upstreams table = {
      Row("/api/"), {.path = "/api/events", .server = kLive}, Row("/captures/")};
  const std::string groups = UpstreamGroups(table, "/run/cache");
  EXPECT_THAT(groups, HasSubstr("upstream upstream_0 { server 127.0.0.1:8780 "));
  EXPECT_THAT(groups, HasSubstr("upstream upstream_1 { server live:8782 "));
  EXPECT_THAT(groups, Not(HasSubstr("upstream_2")));
  EXPECT_EQ(GroupOf(table, kLive), "upstream_1");
  EXPECT_THAT(UpstreamLocations(table, ""), HasSubstr("proxy_pass http://upstream_1;"));
}

TEST(UpstreamConfigTest, TheBasePathIsStripped) {
  const std::string location = LocationOf(Row("/api/"), "/matinee");
  EXPECT_THAT(location, HasSubstr("location /matinee/api/ {"));
  EXPECT_THAT(location, HasSubstr("rewrite ^/matinee(/.*)$ $1 break;"));
}

}  // namespace
}  // namespace matinee::edge
