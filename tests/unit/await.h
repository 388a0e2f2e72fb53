// Waits of tests that end: a wait without a result fails the test instead of hanging it.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <future>
#include <mutex>

namespace matinee {

// Longer than any wait that succeeds, on the slowest machine.
constexpr std::chrono::seconds kAwaitLimit{30};

// Returns the value of the future. Without one after kAwaitLimit the test program fails at once: a
// thread that still hangs would hang the destructors as well.
template <typename T>
T Await(std::future<T> future) {
  if (future.wait_for(kAwaitLimit) != std::future_status::ready) {
    ADD_FAILURE() << "nothing came after " << kAwaitLimit.count() << " s";
    std::abort();
  }
  return future.get();
}

template <typename T>
T Await(std::promise<T>& promise) {
  return Await(promise.get_future());
}

// Counts calls of other threads.
class CallCounter {
 public:
  void Add() {
    const std::lock_guard lock(mutex_);
    ++calls_;
    changed_.notify_all();
  }
  [[nodiscard]] int calls() const {
    const std::lock_guard lock(mutex_);
    return calls_;
  }
  // Returns false if there are fewer calls after kAwaitLimit.
  [[nodiscard]] bool AwaitCalls(int calls) const {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kAwaitLimit, [&] { return calls_ >= calls; });
  }

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  int calls_ = 0;
};

}  // namespace matinee
