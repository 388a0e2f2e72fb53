// What a row of the table of upstreams says holds in nginx.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "tests/integration/nginx/edge_fixture.h"

namespace matinee::edge {
namespace {

class EdgeUpstreamsTest : public EdgeTest {};

TEST_F(EdgeUpstreamsTest, CachesSessionsForASecond) {
  StartBoth();
  for (int i = 0; i < 50; ++i) EXPECT_EQ(StatusOf(Get("/api/sessions")), 200);
  EXPECT_LE(session_requests_, 5);
  EXPECT_TRUE(Eventually([this] {
    Get("/api/sessions");
    return session_requests_ >= 2;
  }));
}

TEST_F(EdgeUpstreamsTest, PassesCredentialsWhereTheRowSaysSo) {
  StartServer();
  options_.upstreams.push_back(
      {.path = "/api/person", .server = options_.upstreams.front().server});
  StartEdge();
  const std::string headers =
      "Cookie: a=1\r\nCookie: odd\r\nAuthorization: Bearer x\r\nOrigin: http://a\r\n";
  EXPECT_TRUE(Get("/api/person", headers).ends_with("\r\n\r\n-|-|-"));
  EXPECT_TRUE(Get("/api/sessions", headers).ends_with("a=1; odd|Bearer x|http://a"));
}

TEST_F(EdgeUpstreamsTest, NeverSharesAnAnswerBetweenPersons) {
  StartBoth();
  const std::string anonymous = "sessions of -|-|-";
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(Get("/api/sessions").ends_with(anonymous));
    // "0" and "" are the values that nginx's cache conditions take for false.
    for (const std::string cookie : {"a=1", "b=2", "0"}) {
      EXPECT_TRUE(Get("/api/sessions", "Cookie: " + cookie + "\r\n")
                      .ends_with("sessions of " + cookie + "|-|-"));
    }
    for (const std::string value : {"Bearer a", "0"}) {
      EXPECT_TRUE(Get("/api/sessions", "Authorization: " + value + "\r\n")
                      .ends_with("sessions of -|" + value + "|-"));
    }
  }
  EXPECT_GE(session_requests_, 25) << "each person's request reaches the API";
}

// Answers each request with its head, so that a test sees what nginx passed.
void AnswerWithHead(int fd) {
  while (true) {
    const std::string head = http::RawServer::ReadRequest(fd);
    if (head.empty()) return;
    http::RawServer::Write(fd, "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(head.size()) +
                                   "\r\n\r\n" + head);
  }
}

constexpr const char* kUpgrade =
    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
    "dGhlIHNhbXBsZSBub25jZQ==\r\n";

// The upstream agrees to the upgrade, then returns what it receives.
TEST_F(EdgeUpstreamsTest, PassesUpgradesToAWebSocketRow) {
  StartServer();
  http::RawServer rooms([](int fd) {
    const std::string head = http::RawServer::ReadRequest(fd);
    if (head.find("Upgrade: websocket\r\n") == std::string::npos ||
        head.find("Connection: upgrade\r\n") == std::string::npos ||
        head.find("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n") == std::string::npos ||
        head.find("Cookie: who=me\r\n") == std::string::npos ||
        head.find("Origin: http://a\r\n") == std::string::npos) {
      return http::RawServer::Write(fd, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    }
    http::RawServer::Write(
        fd,
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
    std::array<char, 100> buffer{};
    while (http::Readable(fd)) {
      const ssize_t got = recv(fd, buffer.data(), buffer.size(), 0);
      if (got <= 0) return;
      http::RawServer::Write(fd, {buffer.data(), static_cast<size_t>(got)});
    }
  });
  options_.upstreams.push_back({.path = "/api/rooms/",
                                .server = {"127.0.0.1", rooms.port(), "LIVE_ADDRESS"},
                                .credentials = true,
                                .websocket = true,
                                .read_timeout = seconds(60)});
  StartEdge();
  {
    RawClient client(options_.port);
    client.Send(std::string("GET /api/rooms/1 HTTP/1.1\r\nHost: a\r\nUpgrade: WebSocket\r\n") +
                "Cookie: who=me\r\nOrigin: http://a\r\n" + kUpgrade + "\r\n");
    const std::string answer = client.Receive(true);
    ASSERT_EQ(StatusOf(answer), 101) << answer;
    EXPECT_THAT(answer, HasSubstr("Upgrade: websocket\r\n"));
    for (const std::string frame : {"\x81\x85hello", "\x81\x85world"}) {
      client.Send(frame);
      ASSERT_TRUE(http::Readable(client.fd()));
      std::array<char, 100> buffer{};
      const ssize_t got = recv(client.fd(), buffer.data(), buffer.size(), 0);
      ASSERT_EQ(got, static_cast<ssize_t>(frame.size()));
      EXPECT_EQ(std::string(buffer.data(), frame.size()), frame);
    }
  }
  edge_.reset();
}

TEST_F(EdgeUpstreamsTest, RemovesUpgradesElsewhere) {
  http::RawServer upstream(&AnswerWithHead);
  UseApi(upstream.port());
  StartEdge();
  {
    RawClient client(options_.port);
    for (const std::string protocol : {"websocket", "h2c"}) {
      const std::string head =
          client.Ask("GET /api/health HTTP/1.1\r\nHost: a\r\nUpgrade: " + protocol + "\r\n" +
                     kUpgrade + "\r\n");
      EXPECT_EQ(StatusOf(head), 200);
      EXPECT_THAT(head, Not(HasSubstr("Upgrade")));
      EXPECT_THAT(head, Not(HasSubstr("upgrade")));
    }
    options_.upstreams.front().websocket = true;
  }
  edge_.reset();
  StartEdge();
  {
    RawClient client(options_.port);
    const std::string head = client.Ask(
        std::string("GET /api/health HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\n") + kUpgrade + "\r\n");
    EXPECT_EQ(StatusOf(head), 200);
    EXPECT_THAT(head, Not(HasSubstr("h2c"))) << "only WebSocket passes";
  }
  edge_.reset();
}

TEST_F(EdgeUpstreamsTest, PassesEventsOfAStreamingRowAsTheyCome) {
  StartServer();
  std::atomic<bool> over{false};
  http::RawServer live([&over](int fd) {
    http::RawServer::ReadRequest(fd);
    http::RawServer::Write(fd,
                           "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                           "Transfer-Encoding: chunked\r\n\r\n9\r\ndata: 1\n\n\r\n");
    Eventually([&over] { return over.load(); });
  });
  options_.upstreams.push_back({.path = "/api/events",
                                .server = {"127.0.0.1", live.port(), "LIVE_ADDRESS"},
                                .streaming = true});
  StartEdge();
  {
    RawClient client(options_.port);
    client.Send("GET /api/events HTTP/1.1\r\nHost: a\r\n\r\n");
    std::string text;
    std::array<char, 1000> buffer{};
    while (text.find("data: 1\n\n") == std::string::npos && http::Readable(client.fd())) {
      const ssize_t got = recv(client.fd(), buffer.data(), buffer.size(), 0);
      if (got <= 0) break;
      text.append(buffer.data(), static_cast<size_t>(got));
    }
    EXPECT_THAT(text, HasSubstr("data: 1\n\n")) << "before the answer ends";
  }
  over = true;
  edge_.reset();
}

TEST_F(EdgeUpstreamsTest, LimitsBodiesByRow) {
  StartServer();
  const UpstreamServer api = options_.upstreams.front().server;
  options_.upstreams.push_back({.path = "/api/echo", .server = api, .body_bytes_max = 10});
  StartEdge();
  const auto post = [this](size_t bytes) {
    return StatusOf(
        Ask("POST /api/echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
            "Content-Length: " +
            std::to_string(bytes) + "\r\n\r\n" + std::string(bytes, '1')));
  };
  EXPECT_EQ(post(10), 200);
  EXPECT_EQ(post(11), 413);
  EXPECT_EQ(
      StatusOf(Ask("POST /api/nothing HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                   "Content-Length: 11\r\n\r\n12345678901")),
      404)
      << "another row has another limit";
}

TEST_F(EdgeUpstreamsTest, WaitsForAnAnswerAsLongAsTheRowSays) {
  StartServer();
  std::atomic<bool> over{false};
  http::RawServer hanging([&over](int) { Eventually([&over] { return over.load(); }); });
  options_.upstreams.push_back({.path = "/api/slow",
                                .server = {"127.0.0.1", hanging.port(), "LIVE_ADDRESS"},
                                .read_timeout = milliseconds(100)});
  StartEdge();
  const std::string answer = Get("/api/slow");
  EXPECT_EQ(StatusOf(answer), 504);
  EXPECT_THAT(answer, HasSubstr("\"code\":\"deadline_exceeded\""));
  over = true;
  edge_.reset();
}

TEST_F(EdgeUpstreamsTest, DeliversFilesOnlyForRowsThatMay) {
  StartServer();
  options_.upstreams.push_back({.path = "/api/file", .server = options_.upstreams.front().server});
  StartEdge();
  const std::string answer = Get("/api/file?name=a.mp4");
  EXPECT_EQ(StatusOf(answer), 200);
  EXPECT_THAT(answer, Not(HasSubstr("0123456789")));
  EXPECT_THAT(answer, Not(HasSubstr("X-Accel-Redirect")));
}

TEST_F(EdgeUpstreamsTest, FailsIfTwoRowsClaimOnePath) {
  options_.upstreams.push_back(options_.upstreams.front());
  const auto started = Edge(options_, runner_).Start();
  ASSERT_FALSE(started.has_value());
  EXPECT_EQ(started.error().code, Code::kInvalidArgument);
  EXPECT_THAT(started.error().message, HasSubstr("\"/api/\" is claimed by two rows"));
}

}  // namespace
}  // namespace matinee::edge
