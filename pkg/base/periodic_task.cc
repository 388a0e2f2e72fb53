#include "base/periodic_task.h"

#include <pthread.h>

#include <utility>

#include "base/check.h"

namespace matinee {

PeriodicTask::PeriodicTask(std::string name, std::function<Delay()> run)
    : name_(std::move(name)), run_(std::move(run)) {}

PeriodicTask::PeriodicTask(std::string name, Delay interval, const std::function<void()>& run)
    : PeriodicTask(std::move(name), [interval, run] {
        run();
        return interval;
      }) {}

PeriodicTask::~PeriodicTask() {
  Stop();
}

void PeriodicTask::Start(Delay delay) {
  const MutexLock lock(mutex_);  // The first call comes after `thread_` is set.
  MATINEE_CHECK(!thread_.joinable() && !stopping_, "a periodic task is started once");
  thread_ = std::thread([this, delay] { Run(delay); });
}

void PeriodicTask::Stop() {
  MATINEE_CHECK(thread_.get_id() != std::this_thread::get_id(),
                "a periodic task is not stopped by its own function");
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void PeriodicTask::Wake() {
  {
    const MutexLock lock(mutex_);
    woken_ = true;
  }
  changed_.notify_one();
}

void PeriodicTask::Run(Delay delay) {
  pthread_setname_np(pthread_self(), name_.c_str());
  while (AwaitNext(delay)) delay = run_();
}

// False when the task stops.
bool PeriodicTask::AwaitNext(Delay delay) {
  const auto due = std::chrono::steady_clock::now() + delay;
  MutexLock lock(mutex_);
  while (!woken_ && !stopping_) {
    if (changed_.wait_until(lock.native(), due) == std::cv_status::timeout) break;
  }
  woken_ = false;
  return !stopping_;
}

}  // namespace matinee
