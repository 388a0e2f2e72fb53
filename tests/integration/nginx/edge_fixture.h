// Runs a real nginx in front of a real http::Server.
#pragma once

#include <gmock/gmock.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/strings.h"
#include "edge/edge.h"
#include "http/server.h"
#include "tests/unit/http/sockets.h"
#include "tests/unit/temporary_folder.h"

namespace matinee::edge {

using http::RawClient;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using ::testing::HasSubstr;
using ::testing::Not;

inline uint16_t FreePort() {
  const UniqueFd probe(socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address = http::Loopback(0);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  socklen_t length = sizeof(address);
  EXPECT_EQ(bind(probe.get(), generic, length), 0);
  EXPECT_EQ(getsockname(probe.get(), generic, &length), 0);
  return ntohs(address.sin_port);
}

inline int StatusOf(const std::string& answer) {
  return answer.starts_with("HTTP/1.1 ") ? std::atoi(answer.c_str() + 9) : 0;
}

template <typename Condition>
bool Eventually(Condition condition) {
  for (int i = 0; i < 3000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(milliseconds(20));
  }
  return false;
}

class EdgeTest : public ::testing::Test {
 protected:
  EdgeTest() {
    Write("web/index.html", "<p>page</p>");
    Write("web/assets/app-1234.js", std::string(5000, ' '));
    Write("web/api/openapi.json", "{}");
    Write("captures/a.mp4", "0123456789");
    Write("captures/big.mp4", std::string(30'000'000, 'b'));
    Write("captures/50% of $HOME & \"more\" ü.mp4", "odd");
    options_.host = "127.0.0.1";
    options_.port = FreePort();
    options_.web_dir = folder_ + "/web";
    options_.capture_dir = folder_ + "/captures";
    options_.run_dir = folder_ + "/run";
    UseApi(8780);  // Until StartServer knows the port.
  }

  ~EdgeTest() override {
    edge_.reset();
    server_.reset();
  }

  void Write(const std::string& path, const std::string& content) {
    temporary_.Write("edge 'test' \"/" + path, content);
  }

  // The rows that every edge has.
  void UseApi(uint16_t port) {
    const UpstreamServer api{"127.0.0.1", port, "API_ADDRESS"};
    options_.upstreams = {
        {.path = "/api/", .server = api, .credentials = true, .captures = true},
        {.path = "/api/sessions", .server = api, .credentials = true, .cache = seconds(1)},
        {.path = "/captures/", .server = api, .credentials = true, .captures = true},
    };
  }

  // The routes that nginx treats in different ways.
  std::vector<http::Route> Routes() {
    using http::Method;
    using http::Request;
    using http::Response;
    const auto file = [](const std::string& name) {
      Response response;
      response.content_type = "video/mp4";
      response.headers = {{"X-Accel-Redirect", "/_captures/" + PercentEncode(name)},
                          {"Content-Disposition", "attachment; filename*=UTF-8''f%C3%BCr%0Ame"}};
      return response;
    };
    return {
        http::Sync(Method::kGet, "/api/health", http::Access::kPublic,
                   [](const Request& request) {
                     return Response::Json(200, request.Header("host").value_or(""));
                   }),
        http::Sync(Method::kGet, "/api/sessions", http::Access::kPublic,
                   [this](const Request& request) {
                     ++session_requests_;
                     return Response::Json(200, "sessions of " + Person(request));
                   }),
        http::Sync(Method::kGet, "/api/person", http::Access::kPublic,
                   [](const Request& request) { return Response::Json(200, Person(request)); }),
        http::Sync(Method::kGet, "/api/client", http::Access::kPublic,
                   [](const Request& request) { return Response::Json(200, request.client); }),
        http::Sync(Method::kPost, "/api/client", http::Access::kPublic,
                   [](const Request& request) { return Response::Json(200, request.client); }),
        http::Sync(Method::kPost, "/api/echo", http::Access::kPublic,
                   [](const Request& request) { return Response::Json(200, request.body); }),
        http::Sync(Method::kGet, "/api/file", http::Access::kPublic,
                   [file](const Request& request) {
                     return file(request.Query("name").value().value_or(""));
                   }),
        http::Sync(Method::kGet, "/captures/{name}", http::Access::kPublic,
                   [file](const Request& request) { return file(request.params.at("name")); }),
    };
  }

  // The headers that say who asks.
  static std::string Person(const http::Request& request) {
    return request.Header("cookie").value_or("-") + "|" +
           request.Header("authorization").value_or("-") + "|" +
           request.Header("origin").value_or("-");
  }

  void StartServer(uint16_t port = 0) {
    http::ServerOptions options;
    options.port = port;
    options.proxied = true;
    server_ = std::make_unique<http::Server>(options, Routes(), nullptr);
    const auto started = server_->Start();
    ASSERT_TRUE(started.has_value()) << started.error().message;
    UseApi(server_->port());
  }

  void StartEdge() {
    edge_ = std::make_unique<Edge>(options_, runner_);
    const auto started = edge_->Start();
    ASSERT_TRUE(started.has_value()) << started.error().message;
    ASSERT_TRUE(edge_->healthy());
  }

  void StartBoth() {
    StartServer();
    StartEdge();
  }

  std::string Ask(const std::string& request) { return RawClient(options_.port).Ask(request); }
  std::string Get(const std::string& target, const std::string& headers = "") {
    return Ask("GET " + target + " HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n");
  }

  // nginx writes its pid file a moment after it listens.
  pid_t NginxPid() {
    pid_t pid = 0;
    Eventually([&] {
      std::ifstream file(options_.run_dir + "/nginx.pid");
      return static_cast<bool>(file >> pid) && pid > 0;
    });
    return pid;
  }

  const TemporaryFolder temporary_;
  const std::string folder_ = temporary_.File("edge 'test' \"");  // Needs escaping in nginx.conf.
  EdgeOptions options_;
  std::atomic<int> session_requests_{0};
  process::SystemRunner runner_;
  std::unique_ptr<http::Server> server_;
  std::unique_ptr<Edge> edge_;
};

}  // namespace matinee::edge
