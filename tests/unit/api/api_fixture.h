// The routes with real services behind them, and fake media servers.
#pragma once

#include <chrono>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/routes.h"
#include "base/strings.h"
#include "http/router.h"
#include "media/session_watcher.h"
#include "tests/unit/api/contract.h"
#include "tests/unit/capture/capture_fixture.h"

namespace matinee::api {

using nlohmann::json;

// Returns the sessions and the image that the test sets.
class FakeMediaServer final : public media::MediaServer {
 public:
  FakeMediaServer(std::string name, media::MediaServerType source)
      : name_(std::move(name)), source_(source), prefix_(std::string(ToString(source)) + "-") {}

  const std::string& name() const override { return name_; }
  media::MediaServerType source() const override { return source_; }
  const std::string& session_id_prefix() const override { return prefix_; }
  Result<std::vector<media::PlaybackSession>> Sessions() override {
    const std::lock_guard lock(mutex_);
    return sessions_;
  }
  Result<media::Image> FetchImage(const std::string& path) override {
    const std::lock_guard lock(mutex_);
    requested_path_ = path;
    return image_;
  }
  media::ServerCheck Check() override { return {}; }
  size_t sessions_without_id() const override { return without_id; }

  void Plays(Result<std::vector<media::PlaybackSession>> sessions) {
    const std::lock_guard lock(mutex_);
    sessions_ = std::move(sessions);
  }
  void HasImage(Result<media::Image> image) {
    const std::lock_guard lock(mutex_);
    image_ = std::move(image);
  }
  size_t without_id = 0;  // Before the first poll.
  std::string requested_path() {
    const std::lock_guard lock(mutex_);
    return requested_path_;
  }

 private:
  const std::string name_;
  const media::MediaServerType source_;
  const std::string prefix_;
  std::mutex mutex_;
  Result<std::vector<media::PlaybackSession>> sessions_;
  Result<media::Image> image_ = Fail(Code::kNotFound, "image not found");
  std::string requested_path_;
};

class ApiFixture : public capture::CaptureFixture {
 protected:
  using Headers = std::map<std::string, std::string>;

  explicit ApiFixture(const std::string& base_path = "") : base_path_(base_path) {
    std::vector<std::unique_ptr<media::MediaServer>> servers;
    for (FakeMediaServer** server : {&plex_, &second_plex_, &jellyfin_}) {
      const bool is_plex = server != &jellyfin_;
      auto made = std::make_unique<FakeMediaServer>(
          server == &plex_ ? "attic"
          : is_plex        ? "cellar"
                           : "jellyfin",
          is_plex ? media::MediaServerType::kPlex : media::MediaServerType::kJellyfin);
      *server = made.get();
      servers.push_back(std::move(made));
    }
    sessions_ = std::make_unique<media::SessionWatcher>(
        std::move(servers), std::chrono::milliseconds(1), clock_, metrics_, timers_);
    OpenApi();
  }

  void OpenApi() {
    ApiOptions options;
    options.base_path = base_path_;
    options.version = "1.2.3";
    options.free_bytes_min = kFreeBytesMin;
    router_ = std::make_unique<http::Router>(Routes(MakeServices(), options));
  }

  Services MakeServices() {
    return {*service_, *database_, *sessions_, kinds_->all, *queue_, clock_, [this] {
              return files_.FreeBytes();
            }};
  }

  // Returns the answer to a request, after checking it against the contract. `target` is the
  // request target without the base path.
  http::Response Send(http::Method method, const std::string& target, const std::string& body = "",
                      const Headers& headers = {}) {
    http::Request request;
    request.method = method;
    request.client = client_;
    request.headers = headers;
    request.body = body;
    const size_t question = target.find('?');
    request.path = target.substr(0, question);
    if (question != std::string::npos) {
      for (const auto part : Split(std::string_view(target).substr(question + 1), '&')) {
        const size_t equals = part.find('=');
        request.query.emplace_back(
            part.substr(0, equals),
            equals == std::string_view::npos ? "" : *PercentDecode(part.substr(equals + 1), true));
      }
    }
    std::vector<std::string> segments;
    for (const auto segment : Split(std::string_view(request.path).substr(1), '/')) {
      segments.push_back(*PercentDecode(segment));
    }
    const auto match = router_->Find(method, segments);
    if (match.route == nullptr) {
      return http::Response::FromError({Code::kNotFound, "no route"});
    }
    request.params = match.params;
    http::Response response = Answer(*match.route, request);
    const std::string operation = std::string(ToString(method)) + " " + match.path_template;
    EXPECT_EQ(contract_.AnswerViolations(operation, response.status, response.content_type,
                                         response.body),
              "")
        << target;
    return response;
  }
  http::Response Get(const std::string& target) { return Send(http::Method::kGet, target); }
  http::Response Delete(const std::string& target) { return Send(http::Method::kDelete, target); }
  http::Response Post(const std::string& target, const std::string& body = "",
                      const Headers& headers = {}) {
    return Send(http::Method::kPost, target, body, headers);
  }
  // Polls all servers once more.
  void Poll() {
    for (const char* id : {"plex-unknown", "jellyfin-unknown"}) {
      auto answered = std::make_shared<std::promise<void>>();
      auto future = answered->get_future();
      sessions_->FreshSession(
          id, capture::kTestTimeout,
          [answered](const std::optional<media::PlaybackSession>&) { answered->set_value(); });
      EXPECT_EQ(future.wait_for(2 * capture::kTestTimeout), std::future_status::ready);
    }
  }
  http::Response PostTap(const Headers& headers = {}) {
    return Post("/api/capture/screenshot", R"({"session_id": "plex-1"})", headers);
  }

  static json Body(const http::Response& response) {
    return json::parse(response.body, nullptr, /*allow_exceptions=*/false);
  }
  // Returns the header's value, or "". Fails if the header is repeated.
  static std::string Header(const http::Response& response, const std::string& name) {
    std::string value;
    for (const auto& [header, text] : response.headers) {
      if (!EqualsIgnoreCase(header, name)) continue;
      EXPECT_EQ(value, "") << name << " is repeated";
      value = text;
    }
    return value;
  }
  // Expects a problem+json with this code and a detail.
  static void ExpectProblem(const http::Response& response, Code code) {
    EXPECT_EQ(response.status, InfoOf(code).http_status) << response.body;
    EXPECT_EQ(response.content_type, "application/problem+json");
    EXPECT_EQ(Body(response).value("code", ""), InfoOf(code).name) << response.body;
    EXPECT_NE(Body(response).value("detail", ""), "");
  }

  capture::Capture CompleteScreenshot() {
    const capture::Capture capture = SubmitTap();
    EXPECT_TRUE(WorkOnce());
    return Row(capture.id);
  }

  const std::string base_path_;
  std::string client_;  // The address of the client.
  const Contract contract_;
  FakeMediaServer* plex_ = nullptr;
  FakeMediaServer* second_plex_ = nullptr;
  FakeMediaServer* jellyfin_ = nullptr;
  std::unique_ptr<media::SessionWatcher> sessions_;
  std::unique_ptr<http::Router> router_;

 private:
  static http::Response Answer(const http::Route& route, const http::Request& request) {
    auto promise = std::make_shared<std::promise<http::Response>>();
    auto future = promise->get_future();
    route.handler(request, [promise](http::Response answer) {
      promise->set_value(std::move(answer));  // Throws if called twice.
    });
    if (future.wait_for(capture::kTestTimeout) != std::future_status::ready) {
      ADD_FAILURE() << "no answer: " << request.path;
      return {};
    }
    return future.get();
  }
};

}  // namespace matinee::api
