// A thread that calls one function again and again: pollers, heartbeats, leases, reconcilers.
//
// Calls never overlap. A delay is measured from the end of one call to the start of the next, on
// the machine's monotonic clock.
//
// Thread safety: Wake() may be called from any thread, also by the function itself, before Start()
// and after Stop(). Start() and Stop() must not run at the same time, and the function must not
// call them.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <string>
#include <thread>

#include "base/mutex.h"

namespace matinee {

class PeriodicTask {
 public:
  using Delay = std::chrono::milliseconds;

  // A delay that only Wake() and Stop() end.
  static constexpr Delay kUntilWoken = std::chrono::hours(365 * 24);

  // `run` returns the delay until its next call; it must not throw. `name` (at most 15 characters)
  // is what the thread is called in top and gdb.
  PeriodicTask(std::string name, std::function<Delay()> run);
  // Calls `run` with a fixed delay between the calls.
  PeriodicTask(std::string name, Delay interval, const std::function<void()>& run);
  ~PeriodicTask();  // Stop().
  PeriodicTask(const PeriodicTask&) = delete;
  PeriodicTask& operator=(const PeriodicTask&) = delete;

  // Starts the thread; it makes the first call after `delay`. Once only.
  void Start(Delay delay = Delay(0));

  // Waits for the call in progress, if any; after it returns there are no more calls. May be called
  // twice, and without Start(). A stopped task cannot be started again.
  void Stop();

  // Ends the current delay: the next call starts at once, or as soon as the one in progress ends.
  // All that come before that call starts have one effect together.
  void Wake();

 private:
  void Run(Delay delay);
  bool AwaitNext(Delay delay);

  const std::string name_;
  const std::function<Delay()> run_;
  Mutex mutex_;
  std::condition_variable changed_;
  bool woken_ GUARDED_BY(mutex_) = false;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace matinee
