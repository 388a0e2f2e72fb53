#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <map>

#include "edge/edge_metrics.h"
#include "telemetry/metrics.h"
#include "tests/integration/nginx/edge_fixture.h"
#include "tests/unit/http/host_table.h"

namespace matinee::edge {
namespace {

TEST_F(EdgeTest, ServesThePageAndProxiesTheApi) {
  StartBoth();
  EXPECT_THAT(Get("/"), HasSubstr("<p>page</p>"));
  EXPECT_THAT(Get("/assets/app-1234.js"), HasSubstr("immutable"));
  const std::string zipped = Get("/assets/app-1234.js", "Accept-Encoding: gzip\r\n");
  EXPECT_THAT(zipped, HasSubstr("Content-Encoding: gzip\r\n"));
  EXPECT_TRUE(Get("/api/health").ends_with("\r\n\r\na"));
  EXPECT_TRUE(Ask("POST /api/echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                  "Content-Length: 2\r\n\r\n{}")
                  .ends_with("\r\n\r\n{}"));
}

TEST_F(EdgeTest, DeliversByteRanges) {
  StartBoth();
  const std::string whole = Get("/captures/a.mp4");
  EXPECT_TRUE(whole.ends_with("\r\n\r\n0123456789"));
  EXPECT_THAT(whole, HasSubstr("Accept-Ranges: bytes\r\n"));
  EXPECT_THAT(whole, HasSubstr("Content-Type: video/mp4\r\n"));
  EXPECT_THAT(whole, HasSubstr("X-Content-Type-Options: nosniff\r\n"));
  EXPECT_THAT(whole, HasSubstr("Cross-Origin-Resource-Policy: same-origin\r\n"));
  EXPECT_THAT(whole, HasSubstr("default-src 'none'"));
  EXPECT_THAT(whole, Not(HasSubstr("sandbox"))) << "Chromium would not play it";
  const std::string part = Get("/captures/a.mp4", "Range: bytes=2-4\r\n");
  EXPECT_EQ(StatusOf(part), 206);
  EXPECT_TRUE(part.ends_with("\r\n\r\n234"));
  const std::string beyond = Get("/captures/a.mp4", "Range: bytes=10-\r\n");
  EXPECT_EQ(StatusOf(beyond), 416);
  EXPECT_THAT(beyond, HasSubstr("\"code\":\"range_not_satisfiable\""));
  RawClient head(options_.port);
  head.Send("HEAD /captures/a.mp4 HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_THAT(head.Receive(true), HasSubstr("Content-Length: 10\r\n"));
  EXPECT_TRUE(head.IsQuiet());
}

TEST_F(EdgeTest, DeliversFilesWithHostileNames) {
  StartBoth();
  const std::string answer =
      Get("/api/file?name=" + PercentEncode("50% of $HOME & \"more\" ü.mp4"));
  EXPECT_EQ(StatusOf(answer), 200);
  EXPECT_TRUE(answer.ends_with("\r\n\r\nodd"));
  EXPECT_THAT(answer, HasSubstr("filename*=UTF-8''f%C3%BCr%0Ame\r\n"));
}

TEST_F(EdgeTest, ServesCapturesOnlyThroughTheApi) {
  StartBoth();
  for (const std::string target : {"/_captures/a.mp4", "/_problem/404", "/_captures/"}) {
    EXPECT_EQ(StatusOf(Get(target)), 404) << target;
  }
  const std::string outside = Get("/api/file?name=" + PercentEncode("../web/index.html"));
  EXPECT_THAT(outside, Not(HasSubstr("<p>page</p>")));
  const std::string missing = Get("/captures/gone.mp4");
  EXPECT_EQ(StatusOf(missing), 404);
  EXPECT_THAT(missing, HasSubstr("application/problem+json"));
}

TEST_F(EdgeTest, AnswersItsOwnErrorsAsProblemJson) {
  StartBoth();
  const std::string post =
      "POST /api/echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n";
  const std::map<std::string, std::pair<int, std::string>> expected = {
      {"GET " + std::string(20000, '/') + " HTTP/1.1\r\nHost: a\r\n\r\n", {414, "uri_too_long"}},
      {post + "Content-Length: 5000000\r\n\r\n" + std::string(5000000, 'x'), {413, "too_large"}},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", {405, "method_not_allowed"}},
      {"GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n", {404, "not_found"}},
      {"GET / HTTP/1.1\r\n\r\n", {400, "malformed"}},
      {"GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n", {400, "malformed"}},
      {"GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(20000, 'x') + "\r\n\r\n",
       {400, "malformed"}},
  };
  for (const auto& [request, problem] : expected) {
    const std::string answer = Ask(request);
    EXPECT_EQ(StatusOf(answer), problem.first) << request.substr(0, 40) << answer;
    EXPECT_THAT(answer, HasSubstr("Content-Type: application/problem+json\r\n"));
    EXPECT_THAT(answer, HasSubstr("\"code\":\"" + problem.second + "\""));
  }
}

TEST_F(EdgeTest, PassesErrorsOfTheApiUnchanged) {
  StartBoth();
  const std::string answer = Get("/api/nothing");
  EXPECT_EQ(StatusOf(answer), 404);
  EXPECT_THAT(answer, HasSubstr("X-Request-Id: ")) << "it comes from the API";
}

TEST_F(EdgeTest, Answers502UntilTheApiRuns) {
  StartBoth();
  const uint16_t port = server_->port();
  server_.reset();
  const std::string answer = Get("/api/health");
  EXPECT_EQ(StatusOf(answer), 502);
  EXPECT_THAT(answer, HasSubstr("\"code\":\"bad_gateway\""));
  EXPECT_THAT(answer, HasSubstr("Retry-After: "));
  EXPECT_EQ(StatusOf(Get("/")), 200) << "the page does not need it";
  StartServer(port);
  EXPECT_EQ(StatusOf(Get("/api/health")), 200);
}

// By default nginx retries a DELETE if a kept connection breaks after the request was read.
TEST_F(EdgeTest, NeverRetriesADelete) {
  std::atomic<int> deletes{0};
  http::RawServer upstream([&deletes](int fd) {
    while (true) {
      const std::string request = http::RawServer::ReadRequest(fd);
      if (request.empty()) return;
      if (request.starts_with("DELETE")) {
        ++deletes;
        return;
      }
      http::RawServer::Write(fd, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
    }
  });
  UseApi(upstream.port());
  StartEdge();
  RawClient client(options_.port);
  EXPECT_EQ(StatusOf(client.Ask("GET /api/health HTTP/1.1\r\nHost: a\r\n\r\n")), 200);
  const std::string answer = client.Ask("DELETE /api/captures/1 HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(StatusOf(answer), 502);
  EXPECT_EQ(deletes, 1);
  edge_.reset();
}

TEST_F(EdgeTest, ServesOnlyItsBasePathAndAllowedHosts) {
  options_.base_path = "/matinee";
  options_.hosts = http::HostPolicy({.allowed_hosts = {"a", "[::1]"}});
  StartBoth();
  EXPECT_THAT(Get("/"), HasSubstr("Location: /matinee/\r\n"));
  EXPECT_THAT(Get("/matinee"), HasSubstr("Location: /matinee/\r\n"));
  EXPECT_THAT(Get("/matinee/"), HasSubstr("<p>page</p>"));
  EXPECT_TRUE(Get("/matinee/api/health").ends_with("\r\n\r\na"));
  EXPECT_TRUE(Get("/matinee/captures/a.mp4").ends_with("0123456789"));
  for (const std::string path :
       {"/api/health", "/index.html", "/matinee.html", "/_captures/a.mp4"}) {
    EXPECT_EQ(StatusOf(Get(path)), 404) << path;
  }
  for (const std::string path : {"/matinee/", "/matinee/api/health", "/nothing"}) {
    const std::string answer = Ask("GET " + path + " HTTP/1.1\r\nHost: evil.example\r\n\r\n");
    EXPECT_EQ(StatusOf(answer), 421) << path;
    EXPECT_THAT(answer, HasSubstr("\"code\":\"misdirected\""));
  }
  EXPECT_EQ(StatusOf(Ask("GET /matinee/ HTTP/1.1\r\nHost: [::1]:8787\r\n\r\n")), 200);
}

TEST_F(EdgeTest, DecidesAboutHostsAsThePolicyDoes) {
  for (const bool listed : {false, true}) {
    options_.hosts = listed ? http::ListedHosts() : http::HomeHosts();
    StartBoth();
    for (const http::HostCase& row : http::kHostCases) {
      const bool allowed = listed ? row.listed : row.home;
      for (const std::string path : {"/", "/api/health"}) {
        const std::string answer =
            Ask("GET " + path + " HTTP/1.1\r\nHost: " + row.host + "\r\n\r\n");
        if (allowed) {
          EXPECT_EQ(StatusOf(answer), 200) << row.host;
        } else {  // nginx refuses what has no host name at all by 400.
          EXPECT_TRUE(StatusOf(answer) == 421 || StatusOf(answer) == 400) << row.host << answer;
        }
      }
    }
    edge_.reset();
  }
}

TEST_F(EdgeTest, SaysWhichSettingAllowsAHost) {
  StartBoth();
  const auto ask = [this](const std::string& target, const std::string& headers) {
    return Ask("GET " + target + " HTTP/1.1\r\nHost: " + headers + "\r\n\r\n");
  };
  const std::string detail = http::HostRefusal("the name evil.example:81");
  for (const std::string target : {"/", "/api/captures", "/captures/a.mp4"}) {
    const std::string problem = ask(target, "evil.example:81\r\nAccept: */*");
    EXPECT_EQ(StatusOf(problem), 421);
    EXPECT_THAT(problem, HasSubstr("Content-Type: application/problem+json\r\n"));
    EXPECT_THAT(problem, HasSubstr("\"detail\":\"" + detail + "\""));
    const std::string page = ask(target, "evil.example:81\r\nAccept: text/html,*/*;q=0.8");
    EXPECT_EQ(StatusOf(page), 421);
    EXPECT_THAT(page, HasSubstr("Content-Type: text/html\r\n"));
    EXPECT_THAT(page, HasSubstr("<p>" + detail + "</p>"));
  }
  for (const std::string host : {"<b>.example", "a\"b.example", "a'b.example"}) {
    EXPECT_THAT(ask("/", host), HasSubstr(http::HostRefusal("this name"))) << host;
  }
}

TEST_F(EdgeTest, RefusesChangesByPagesOfOtherSites) {
  options_.public_url = "https://tv.example.org";
  StartBoth();
  const auto post = [this](const std::string& headers) {
    return Ask("POST /api/echo HTTP/1.1\r\n" + headers +
               "\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
  };
  for (const std::string headers : {
           "Host: nas:8787",
           "Host: nas:8787\r\nOrigin: http://nas:8787",
           "Host: NAS:8787\r\nOrigin: http://nas:8787\r\nSec-Fetch-Site: same-origin",
           "Host: nas\r\nOrigin: https://nas",
           "Host: nas:80\r\nOrigin: http://nas",
           "Host: nas:443\r\nOrigin: https://nas",
           "Host: [::1]:8787\r\nOrigin: http://[::1]:8787",
           "Host: nas\r\nOrigin: https://tv.example.org",
           "Host: nas\r\nSec-Fetch-Site: none",
       }) {
    EXPECT_EQ(StatusOf(post(headers)), 200) << headers;
  }
  for (const std::string headers : {
           "Host: nas:8787\r\nOrigin: http://evil.example",
           "Host: nas:8787\r\nOrigin: http://nas",
           "Host: nas:8787\r\nOrigin: http://nas:8788",
           "Host: nas\r\nOrigin: http://nas.evil.example",
           "Host: nas\r\nOrigin: http://evil.example/nas",
           "Host: nas:443\r\nOrigin: http://nas",
           "Host: nas\r\nOrigin: null",
           "Host: nas\r\nOrigin: nas",
           "Host: nas\r\nOrigin: https://tv.example.org:8443",
           "Host: nas\r\nOrigin: http://tv.example.org",
           "Host: nas\r\nSec-Fetch-Site: cross-site",
           "Host: nas\r\nOrigin: http://nas\r\nSec-Fetch-Site: cross-site",
           "Host: nas\r\nOrigin: http://evil.example\r\nX-Forwarded-Host: evil.example",
       }) {
    const std::string answer = post(headers);
    EXPECT_EQ(StatusOf(answer), 403) << headers;
    EXPECT_THAT(answer, HasSubstr("Content-Type: application/problem+json\r\n"));
    EXPECT_THAT(answer, HasSubstr("\"code\":\"permission_denied\""));
    EXPECT_THAT(answer, HasSubstr("PUBLIC_URL"));
  }
  const std::string foreign = "Host: nas\r\nOrigin: http://evil.example\r\n\r\n";
  EXPECT_EQ(StatusOf(Ask("DELETE /api/captures/1 HTTP/1.1\r\n" + foreign)), 403);
  EXPECT_EQ(StatusOf(Ask("GET /api/health HTTP/1.1\r\n" + foreign)), 200) << "reads are CORS's";
}

TEST_F(EdgeTest, BelievesTheHeadersOfTrustedProxiesOnly) {
  for (const bool trusted : {true, false}) {
    options_.trusted_proxies = {trusted ? "127.0.0.0/8" : "10.0.0.0/8"};
    StartBoth();
    const std::string answer =
        Ask("POST /api/client HTTP/1.1\r\nHost: nas\r\nOrigin: https://tv.example.org\r\n"
            "X-Forwarded-Host: tv.example.org\r\nX-Forwarded-For: 6.6.6.6, 192.0.2.7\r\n"
            "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
    EXPECT_EQ(StatusOf(answer), trusted ? 200 : 403);
    const std::string client = Get("/api/client", "X-Forwarded-For: 6.6.6.6, 192.0.2.7\r\n");
    EXPECT_TRUE(client.ends_with(trusted ? "\r\n\r\n192.0.2.7" : "\r\n\r\n127.0.0.1")) << client;
    edge_.reset();
  }
}

TEST_F(EdgeTest, ForbidsBrowsersToShareOrGuess) {
  StartBoth();
  for (const std::string target : {"/", "/api/health", "/api/none", "/captures/a.mp4", "/none"}) {
    const std::string answer = Get(target);
    EXPECT_THAT(answer, HasSubstr("\r\nX-Content-Type-Options: nosniff\r\n")) << target;
    EXPECT_THAT(answer, HasSubstr("\r\nCross-Origin-Resource-Policy: same-origin\r\n")) << target;
    EXPECT_EQ(answer.find("nosniff"), answer.rfind("nosniff")) << "once: " << answer;
  }
  EXPECT_THAT(Get("/"), HasSubstr("\r\nCross-Origin-Opener-Policy: same-origin\r\n"));
}

TEST_F(EdgeTest, KeepsTheConnectionAfterAFailedPrecondition) {
  StartBoth();
  const std::string whole = Get("/captures/a.mp4");
  const size_t at = whole.find("ETag: ");
  ASSERT_NE(at, std::string::npos);
  const std::string etag = whole.substr(at + 6, whole.find("\r\n", at) - at - 6);
  RawClient client(options_.port);
  const auto ask = [&client](const std::string& headers) {
    return client.Ask("GET /captures/a.mp4 HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n\r\n");
  };
  for (const std::string precondition :
       {"If-Match: \"other\"", "If-Unmodified-Since: Thu, 01 Jan 2004 00:00:00 GMT"}) {
    const std::string failed = ask(precondition);
    EXPECT_EQ(StatusOf(failed), 412) << failed;
    EXPECT_THAT(failed, HasSubstr("Content-Type: application/problem+json\r\n"));
    EXPECT_THAT(failed, HasSubstr("\"code\":\"precondition_failed\""));
  }
  const std::string same = ask("If-Match: " + etag);
  EXPECT_TRUE(same.ends_with("\r\n\r\n0123456789")) << same;
  for (const char* header : {"Content-Type: video/mp4\r\n", "Content-Disposition: attachment",
                             "immutable", "default-src 'none'", "ETag: "}) {
    EXPECT_THAT(same, HasSubstr(header));
    EXPECT_EQ(same.find(header), same.rfind(header)) << "once: " << same;
  }
  const std::string part = ask("If-Match: *\r\nRange: bytes=2-4");
  EXPECT_EQ(StatusOf(part), 206);
  EXPECT_TRUE(part.ends_with("\r\n\r\n234")) << part;
}

TEST_F(EdgeTest, ClosesConnectionsBeyondTheLimitOfAnAddress) {
  constexpr int kLimit = 8;
  options_.connections_per_address = kLimit;
  options_.accept_library = MATINEE_ACCEPT_LIBRARY;
  StartBoth();
  std::vector<std::unique_ptr<RawClient>> unfinished;
  for (int i = 0; i < kLimit; ++i) {
    unfinished.push_back(std::make_unique<RawClient>(options_.port));
    unfinished.back()->Send("GET / HTTP/1.1\r\nHost: a\r\nX-");
  }
  EXPECT_TRUE(Eventually([this] { return Get("/").empty(); })) << "no more is accepted";
  const auto refused = [this] {
    static_cast<void>(edge_->ReadStatus());  // nginx reports at its next connection.
    return edge_->refused_connections();
  };
  EXPECT_TRUE(Eventually([&] { return refused() > 0; }));
  unfinished.pop_back();
  EXPECT_TRUE(Eventually([this] { return StatusOf(Get("/")) == 200; }));
  const pid_t before = NginxPid();
  kill(before, SIGKILL);
  EXPECT_TRUE(Eventually([&] { return edge_->healthy() && NginxPid() != before; }));
  EXPECT_TRUE(Eventually([this] { return StatusOf(Get("/")) == 200; })) << "it counts from 0";
}

TEST_F(EdgeTest, TrustedProxiesHaveNoLimit) {
  options_.connections_per_address = 8;
  options_.accept_library = MATINEE_ACCEPT_LIBRARY;
  options_.trusted_proxies = {"10.0.0.0/8", "127.0.0.0/8"};
  StartBoth();
  std::vector<std::unique_ptr<RawClient>> open;
  for (int i = 0; i < 40; ++i) {
    open.push_back(std::make_unique<RawClient>(options_.port));
    open.back()->Send("GET / HTTP/1.1\r\nHost: a\r\nX-");
  }
  EXPECT_EQ(StatusOf(Get("/")), 200);
  EXPECT_EQ(edge_->refused_connections(), 0);
}

TEST_F(EdgeTest, GoesOnWithoutTheLibraryThatCountsConnections) {
  options_.connections_per_address = 8;
  options_.accept_library = folder_ + "/no/such.so";
  StartBoth();
  EXPECT_EQ(StatusOf(Get("/")), 200);
}

TEST_F(EdgeTest, FollowsNoLinkInThePlaceOfACapture) {
  Write("secret.txt", "secret");
  Write("captures/folder/a.mp4", "inside");
  std::filesystem::create_symlink(folder_ + "/secret.txt", folder_ + "/captures/link.mp4");
  std::filesystem::create_symlink(folder_, folder_ + "/captures/up");
  // The folder itself may lie behind a link.
  std::filesystem::create_symlink(folder_ + "/captures", folder_ + "/elsewhere");
  options_.capture_dir = folder_ + "/elsewhere";
  StartBoth();
  EXPECT_TRUE(Get("/captures/a.mp4").ends_with("\r\n\r\n0123456789"));
  EXPECT_TRUE(Get("/api/file?name=folder%2Fa.mp4").ends_with("\r\n\r\ninside"));
  for (const std::string name : {"link.mp4", "up", "up%2Fsecret.txt", "folder", "folder%2F"}) {
    const std::string answer = Get("/api/file?name=" + name);
    EXPECT_TRUE(StatusOf(answer) == 403 || StatusOf(answer) == 404) << name << answer;
    EXPECT_THAT(answer, HasSubstr("application/problem+json"));
    EXPECT_THAT(answer, Not(HasSubstr("_captures")));
    EXPECT_FALSE(answer.ends_with("secret"));
  }
  EXPECT_EQ(StatusOf(Get("/api/file?name=folder")), 404);
}

TEST_F(EdgeTest, AnswersPipelinedRequestsInOrder) {
  StartBoth();
  RawClient client(options_.port);
  client.Send(
      "GET /api/health HTTP/1.1\r\nHost: one\r\n\r\n"
      "GET /api/health HTTP/1.1\r\nHost: two\r\n\r\n"
      "GET /api/health HTTP/1.1\r\nHost: three\r\nConnection: close\r\n\r\n");
  const std::string all = client.ReceiveToTheEnd();
  const size_t one = all.find("\r\n\r\none");
  const size_t two = all.find("\r\n\r\ntwo");
  const size_t three = all.find("\r\n\r\nthree");
  ASSERT_NE(three, std::string::npos) << all;
  EXPECT_LT(one, two);
  EXPECT_LT(two, three);
}

TEST_F(EdgeTest, StalledClientsDoNotBlockOthers) {
  StartBoth();
  std::vector<std::unique_ptr<RawClient>> stalled;
  for (int i = 0; i < 40; ++i) {
    stalled.push_back(std::make_unique<RawClient>(options_.port));
    stalled.back()->Send(i % 2 == 0 ? "GET /captures/big.mp4 HTTP/1.1\r\nHost: a\r\n\r\n"
                                    : "POST /api/echo HTTP/1.1\r\nHost: a\r\nContent-Type: "
                                      "application/json\r\nContent-Length: 500\r\n\r\n{");
  }
  const auto start = steady_clock::now();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(StatusOf(Get("/api/health")), 200);
  EXPECT_LT(steady_clock::now() - start, seconds(30));
}

TEST_F(EdgeTest, RestartsNginxAfterACrash) {
  StartBoth();
  const pid_t before = NginxPid();
  ASSERT_GT(before, 0);
  kill(before, SIGKILL);
  EXPECT_TRUE(Eventually([&] {
    return edge_->healthy() && NginxPid() != before && StatusOf(Get("/api/health")) == 200;
  }));
}

TEST_F(EdgeTest, CountersSurviveARestartOfNginx) {
  StartBoth();
  Metrics metrics;
  ExportNginx(*edge_, metrics);
  const auto value = [&metrics](const std::string& series) {
    const std::string scrape = "\n" + metrics.Scrape();
    const size_t at = scrape.find("\n" + series + " ");
    return at == std::string::npos ? -1 : std::atof(scrape.c_str() + at + series.size() + 2);
  };
  EXPECT_EQ(value("matinee_nginx_up"), 1);
  EXPECT_EQ(value("matinee_nginx_restarts_total"), 0);
  const double before = value("matinee_nginx_requests_total");
  for (int i = 0; i < 20; ++i) Get("/");
  EXPECT_GE(value("matinee_nginx_requests_total"), before + 20);
  const RawClient waiting(options_.port);
  EXPECT_TRUE(
      Eventually([&] { return value("matinee_nginx_connections{state=\"active\"}") >= 2; }));
  const double accepted = value("matinee_nginx_connections_accepted_total");
  EXPECT_GE(accepted, 20);
  EXPECT_GE(value("matinee_nginx_connections_handled_total"), 20);

  const pid_t pid = NginxPid();
  ASSERT_GT(pid, 0);
  kill(pid, SIGKILL);
  EXPECT_TRUE(Eventually([&] { return value("matinee_nginx_up") == 0; }));
  EXPECT_EQ(value("matinee_nginx_connections{state=\"active\"}"), 0);
  EXPECT_TRUE(Eventually([&] { return value("matinee_nginx_up") == 1; }));
  EXPECT_EQ(value("matinee_nginx_restarts_total"), 1);
  EXPECT_GT(value("matinee_nginx_connections_accepted_total"), accepted)
      << "counters never decrease";
}

TEST_F(EdgeTest, IsReadyWhileTheApiAnswers) {
  options_.hosts = http::HostPolicy({.allowed_hosts = {"matinee.home"}});
  EXPECT_NE(Edge(options_, runner_).NotReady(), "") << "it has not been started";
  StartBoth();
  const uint16_t port = server_->port();
  EXPECT_EQ(edge_->NotReady(), "");
  server_.reset();
  EXPECT_TRUE(Eventually([&] { return edge_->NotReady() == "the API does not answer"; }));
  EXPECT_TRUE(edge_->healthy());
  StartServer(port);
  EXPECT_TRUE(Eventually([&] { return edge_->NotReady().empty(); }));
  edge_->Stop(seconds(1));
  EXPECT_EQ(edge_->NotReady(), "nginx is not running");
}

TEST_F(EdgeTest, IsNotReadyWhileTheApiHangs) {
  std::atomic<bool> over{false};
  http::RawServer upstream([&over](int) { Eventually([&over] { return over.load(); }); });
  UseApi(upstream.port());
  StartEdge();
  const auto start = steady_clock::now();
  EXPECT_THAT(edge_->NotReady(), HasSubstr("the API does not answer"));
  EXPECT_LT(steady_clock::now() - start, seconds(20));
  over = true;
  edge_.reset();
}

TEST_F(EdgeTest, IsNotReadyIfTheHealthAnswerIsTooLong) {
  http::RawServer upstream([](int fd) {
    http::RawServer::ReadRequest(fd);
    http::RawServer::Write(fd, "HTTP/1.1 200 OK\r\n\r\n" + std::string(100'000, 'x'));
  });
  UseApi(upstream.port());
  StartEdge();
  EXPECT_THAT(edge_->NotReady(), HasSubstr("too long"));
  edge_.reset();
}

TEST_F(EdgeTest, RunsInAFolderWhosePathIsTooLongForASocket) {
  options_.run_dir = folder_ + "/" + std::string(200, 'r');
  StartBoth();
  EXPECT_TRUE(edge_->ReadStatus().has_value());
  EXPECT_EQ(edge_->NotReady(), "");
}

TEST_F(EdgeTest, HidesItsCountersFromClients) {
  StartBoth();
  for (const char* target : {"/status", "/health", "/stub_status", "/nginx_status"}) {
    const std::string answer = Get(target);
    EXPECT_EQ(StatusOf(answer), 404) << target;
    EXPECT_THAT(answer, Not(HasSubstr("Active connections")));
  }
}

TEST_F(EdgeTest, FailsIfTheApisHostCannotBeResolved) {
  options_.upstreams.front().server.host = "no-such-host.invalid";
  Edge edge(options_, runner_);
  const auto started = edge.Start();
  ASSERT_FALSE(started.has_value());
  EXPECT_EQ(started.error().code, Code::kUnavailable);
  EXPECT_THAT(started.error().message, HasSubstr("no-such-host.invalid"));
  EXPECT_THAT(started.error().message, HasSubstr("API_ADDRESS"));
}

TEST_F(EdgeTest, FailsAtOnceIfThePortIsInUse) {
  http::RawServer other([](int) {});
  options_.port = other.port();
  Edge edge(options_, runner_);
  const auto start = steady_clock::now();
  const auto started = edge.Start();
  ASSERT_FALSE(started.has_value());
  EXPECT_LT(steady_clock::now() - start, seconds(3));
  EXPECT_EQ(started.error().code, Code::kUnavailable);
  EXPECT_THAT(started.error().message,
              HasSubstr("port " + std::to_string(options_.port) + " is already in use"));
}

TEST_F(EdgeTest, WaitsForTheNginxOfAnEarlierRun) {
  StartBoth();
  auto second_runner = std::make_unique<process::SystemRunner>();
  Edge second(options_, *second_runner);
  std::thread later([this] {
    std::this_thread::sleep_for(milliseconds(300));
    edge_->Stop(milliseconds(0));
  });
  const auto started = second.Start();
  later.join();
  EXPECT_TRUE(started.has_value()) << (started ? "" : started.error().message);
}

TEST_F(EdgeTest, FailsIfNginxIsMissing) {
  options_.nginx_path = "/no/such/nginx";
  Edge edge(options_, runner_);
  const auto started = edge.Start();
  ASSERT_FALSE(started.has_value());
  EXPECT_EQ(started.error().code, Code::kNotFound);
  EXPECT_THAT(started.error().message, HasSubstr("NGINX_PATH"));
}

TEST_F(EdgeTest, FinishesRequestsInFlightWhenItStops) {
  StartBoth();
  RawClient client(options_.port);
  client.Send("GET /captures/big.mp4 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  ASSERT_TRUE(http::Readable(client.fd()));
  std::thread stopper([this] { edge_->Stop(seconds(10)); });
  ASSERT_TRUE(Eventually([this] { return !RawClient(options_.port).connected(); }));
  EXPECT_GT(client.ReceiveToTheEnd().size(), 30'000'000U);
  stopper.join();
  EXPECT_FALSE(edge_->healthy());
}

}  // namespace
}  // namespace matinee::edge
