// A media server whose responses a test sets and can delay.
//
// Thread safety: all methods may be called from any thread.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "media/media_server.h"

namespace matinee::media {

class FakeServer final : public MediaServer {
 public:
  FakeServer(std::string name, MediaServerType source, std::string prefix)
      : name_(std::move(name)), source_(source), prefix_(std::move(prefix)) {}

  [[nodiscard]] const std::string& name() const override { return name_; }
  [[nodiscard]] MediaServerType source() const override { return source_; }
  [[nodiscard]] const std::string& session_id_prefix() const override { return prefix_; }
  Result<Image> FetchImage(const std::string& path) override {
    requested_image = path;
    return image;
  }
  ServerCheck Check() override { return {}; }
  [[nodiscard]] size_t sessions_without_id() const override { return without_id; }

  Result<std::vector<PlaybackSession>> Sessions() override {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !held_; });
    ++polls_;
    changed_.notify_all();
    return answer_;
  }

  void Answer(Result<std::vector<PlaybackSession>> answer) {
    const std::lock_guard lock(mutex_);
    answer_ = std::move(answer);
  }
  void Plays(const std::string& id, double position = 0, const std::string& path = "/a.mkv") {
    PlaybackSession session;
    session.session_id = prefix_ + id;
    session.source = source_;
    session.server = name_;
    session.title = "Film " + id;
    session.position_seconds = position;
    session.media_path = path;
    session.capturable = true;
    Answer(std::vector{session});
  }
  void Hold(bool held) {
    const std::lock_guard lock(mutex_);
    held_ = held;
    changed_.notify_all();
  }
  // Waits until the number of completed polls is at least `polls`; fails the test after 20 s.
  void AwaitPolls(int polls) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, std::chrono::seconds(20), [&] { return polls_ >= polls; }))
        << polls_ << " polls instead of " << polls;
  }
  int polls() const {
    const std::lock_guard lock(mutex_);
    return polls_;
  }

  // Used by one thread only.
  size_t without_id = 0;  // Before the first poll.
  std::string requested_image;
  Result<Image> image = Image{"image/jpeg; q=1", "bytes"};

 private:
  const std::string name_;
  const MediaServerType source_;
  const std::string prefix_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool held_ = false;
  int polls_ = 0;
  Result<std::vector<PlaybackSession>> answer_{};
};

}  // namespace matinee::media
