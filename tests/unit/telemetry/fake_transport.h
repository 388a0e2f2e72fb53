// A collector that takes what it is told to take.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "telemetry/trace_transport.h"

namespace matinee {

class FakeTransport final : public TraceTransport {
 public:
  struct Posted {
    std::string url;
    std::string content_type;
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;
  };

  // The next answers, then 200 for ever.
  void AnswerWith(std::deque<Result<TraceAnswer>> answers) {
    const std::lock_guard lock(mutex_);
    answers_ = std::move(answers);
  }
  // From now on no post ends before it is cancelled.
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
    came_.notify_all();
    while (hangs_ && !*post.cancel) {
      came_.wait_for(lock, std::chrono::milliseconds(5));
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
  void AwaitPosts(size_t count) {
    std::unique_lock lock(mutex_);
    came_.wait(lock, [&] { return posts_.size() >= count; });
  }
  std::string bodies() {
    std::string all;
    for (const Posted& post : posts()) all += post.body;
    return all;
  }

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::deque<Result<TraceAnswer>> answers_;
  bool hangs_ = false;
  std::vector<Posted> posts_;
};

}  // namespace matinee
