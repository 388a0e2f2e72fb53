// A server with a few routes for tests, and a client for it.
#pragma once

#include <gmock/gmock.h>

#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "http/server.h"
#include "telemetry/metrics.h"
#include "tests/unit/http/sockets.h"

namespace matinee::http {

class ServerFixture : public ::testing::Test {
 protected:
  // Responders that the "/later" route keeps for the test.
  struct Later {
    std::mutex mutex;
    std::condition_variable arrived;
    std::vector<Responder> responders;

    Responder Take() {
      std::unique_lock lock(mutex);
      arrived.wait_for(lock, std::chrono::seconds(60), [this] { return !responders.empty(); });
      if (responders.empty()) return [](const Response&) {};
      Responder responder = std::move(responders.back());
      responders.pop_back();
      return responder;
    }
  };

  void StartServer(ServerOptions options = {}, std::vector<Route> more = {}) {
    std::vector<Route> routes = std::move(more);
    routes.push_back(Sync(
        Method::kGet, "/hello", Access::kPublic,
        [](const Request&) { return Response::Json(200, "\"hello\""); }, true));
    routes.push_back(
        Sync(Method::kGet, "/slow/{name}", Access::kPublic, [](const Request& request) {
          return Response::Json(200, request.params.at("name") + "|" + request.path);
        }));
    routes.push_back(Sync(Method::kPost, "/echo", Access::kPublic, [](const Request& request) {
      return Response::Json(200, request.body);
    }));
    routes.push_back(Sync(Method::kGet, "/query", Access::kPublic, [](const Request& request) {
      std::string text;
      for (const auto& [name, value] : request.query) text += name + "=" + value + ";";
      return Response::Json(200, text);
    }));
    routes.push_back(
        Route{Method::kGet, "/later", Access::kPublic, [this](const Request&, Responder respond) {
                {
                  const std::lock_guard lock(later_.mutex);
                  later_.responders.push_back(std::move(respond));
                }
                later_.arrived.notify_all();
              }});
    server_ = std::make_unique<Server>(std::move(options), std::move(routes), &metrics_);
    const auto started = server_->Start();
    ASSERT_TRUE(started.has_value()) << started.error().message;
  }

  std::string Ask(const std::string& request) { return RawClient(server_->port()).Ask(request); }
  std::string Get(const std::string& target, const std::string& headers = "") {
    return Ask("GET " + target + " HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n");
  }

  Metrics metrics_;
  Later later_;
  std::unique_ptr<Server> server_;
};

inline int StatusOf(const std::string& answer) {
  return answer.starts_with("HTTP/1.1 ") ? std::atoi(answer.c_str() + 9) : 0;
}

}  // namespace matinee::http
