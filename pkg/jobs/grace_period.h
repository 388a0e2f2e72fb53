// The grace period of a worker that stops: pauses last until it has expired.
//
// Thread safety: all methods may be called from any thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace matinee::jobs {

class GracePeriod {
 public:
  // Sleeps; returns false, at once, when the grace period has expired.
  bool Sleep(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    return !changed_.wait_for(lock, time, [this] { return expired_; });
  }
  void Expire() {
    {
      const std::lock_guard lock(mutex_);
      expired_ = true;
    }
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool expired_ = false;
};

}  // namespace matinee::jobs
