// Runs callbacks later, on one dedicated thread: for deadlines and small delayed work.
// A callback must be quick; one that may block submits its work to an Executor.
//
// Thread safety: all methods may be called from any thread, also from inside a callback (but the
// destructor must not).
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <thread>
#include <utility>

#include "base/mutex.h"

namespace matinee {

class TimerQueue {
 public:
  using TimerId = uint64_t;

  TimerQueue();
  ~TimerQueue();  // Drops the timers that are not due; waits for a running callback.
  TimerQueue(const TimerQueue&) = delete;
  TimerQueue& operator=(const TimerQueue&) = delete;

  // Calls `callback` once after `delay`.
  TimerId After(std::chrono::milliseconds delay, std::function<void()> callback);

  // Returns true if the callback will not run; false if it ran, runs, or never existed.
  bool Cancel(TimerId id);

 private:
  using Key = std::pair<std::chrono::steady_clock::time_point, TimerId>;
  void Run();

  Mutex mutex_;
  std::condition_variable changed_;
  std::map<Key, std::function<void()>> timers_ GUARDED_BY(mutex_);
  std::map<TimerId, std::chrono::steady_clock::time_point> due_ GUARDED_BY(mutex_);
  TimerId next_id_ GUARDED_BY(mutex_) = 1;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace matinee
