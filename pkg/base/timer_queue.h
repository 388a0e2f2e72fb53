// Runs callbacks later, on one thread of its own: for deadlines and for repeated small work.
// A callback must be quick; what may block is handed to an Executor.
//
// Thread safety: all methods may be called from any thread, also from inside a callback (but the
// destructor must not).
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

namespace matinee {

class TimerQueue {
 public:
  using TimerId = uint64_t;

  TimerQueue();
  ~TimerQueue();  // Drops what has not come due; waits for a running callback.
  TimerQueue(const TimerQueue&) = delete;
  TimerQueue& operator=(const TimerQueue&) = delete;

  // Calls `callback` once after `delay`.
  TimerId After(std::chrono::milliseconds delay, std::function<void()> callback);

  // True if the callback was taken back before it ran; false if it ran, runs, or never existed.
  bool Cancel(TimerId id);

 private:
  using Key = std::pair<std::chrono::steady_clock::time_point, TimerId>;
  void Run();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::map<Key, std::function<void()>> timers_;
  std::map<TimerId, std::chrono::steady_clock::time_point> due_;
  TimerId next_id_ = 1;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace matinee
