// An HTTP client without a network: responds by path, fails as configured, records the requests.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "http/client.h"

namespace matinee::media {

class FakeClient final : public http::Client {
 public:
  using Answer = std::function<Result<http::ClientResponse>(const http::ClientRequest&)>;

  static http::ClientResponse Ok(std::string body, std::string type = "application/json") {
    return {200, {{"content-type", std::move(type)}}, std::move(body)};
  }

  // Sets the response for URLs with this suffix. The longest matching suffix wins.
  void On(const std::string& url_end, Answer answer) {
    const std::lock_guard lock(mutex_);
    answers_[url_end] = std::move(answer);
  }
  void On(const std::string& url_end, std::string body) {
    On(url_end, [body](const http::ClientRequest&) { return Ok(body); });
  }
  void OnStatus(const std::string& url_end, int status) {
    On(url_end, [status](const http::ClientRequest&) {
      return http::ClientResponse{status, {}, "<html>no</html>"};
    });
  }
  void OnError(const std::string& url_end, Error error) {
    On(url_end,
       [error](const http::ClientRequest&) -> Result<http::ClientResponse> { return Fail(error); });
  }

  Result<http::ClientResponse> Send(const http::ClientRequest& request) override {
    Answer answer;
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
      size_t longest = 0;
      for (const auto& [end, candidate] : answers_) {
        if (request.url.ends_with(end) && end.size() >= longest) {
          longest = end.size();
          answer = candidate;
        }
      }
    }
    if (!answer) return http::ClientResponse{404, {}, ""};
    return answer(request);
  }

  [[nodiscard]] std::vector<http::ClientRequest> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  [[nodiscard]] size_t CountOf(const std::string& part) const {
    size_t count = 0;
    for (const auto& request : requests()) count += request.url.find(part) != std::string::npos;
    return count;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Answer> answers_;
  std::vector<http::ClientRequest> requests_;
};

}  // namespace matinee::media
