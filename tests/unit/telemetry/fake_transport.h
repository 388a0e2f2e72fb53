// A collector with scripted responses.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "telemetry/trace_transport.h"
#include "tests/unit/await.h"

namespace matinee {

class FakeTransport final : public TraceTransport {
 public:
  struct Posted {
    std::string url;
    std::string content_type;
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;
  };

  // Sets the next answers; after them every post is answered with 200.
  void AnswerWith(std::deque<Result<TraceAnswer>> answers) {
    const std::lock_guard lock(mutex_);
    answers_ = std::move(answers);
  }
  // Makes every later post hang until it is cancelled.
  void Hang() {
    const std::lock_guard lock(mutex_);
    hangs_ = true;
  }

  Result<TraceAnswer> Post(const TracePost& post) override {
    std::unique_lock lock(mutex_);
    Posted posted{post.url, std::string(post.content_type), std::string(post.body), {}};
    for (const auto& [name, value] : *post.headers) {
      posted.headers.emplace_back(name, value.Reveal());
    }
    posts_.push_back(std::move(posted));
    posted_.notify_all();
    while (hangs_ && !*post.cancel) {
      posted_.wait_for(lock, std::chrono::milliseconds(5));
    }
    if (hangs_) return Fail(Code::kCancelled, "cancelled");
    if (answers_.empty()) return TraceAnswer{200, ""};
    auto answer = std::move(answers_.front());
    answers_.pop_front();
    return answer;
  }

  std::vector<Posted> posts() {
    const std::lock_guard lock(mutex_);
    return posts_;
  }
  // Fails the test if there are fewer posts after kAwaitLimit.
  void AwaitPosts(size_t count) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(posted_.wait_for(lock, kAwaitLimit, [&] { return posts_.size() >= count; }));
  }
  std::string bodies() {
    std::string all;
    for (const Posted& post : posts()) all += post.body;
    return all;
  }

 private:
  std::mutex mutex_;
  std::condition_variable posted_;
  std::deque<Result<TraceAnswer>> answers_;
  bool hangs_ = false;
  std::vector<Posted> posts_;
};

}  // namespace matinee
