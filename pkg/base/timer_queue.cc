#include "base/timer_queue.h"

#include <pthread.h>

namespace matinee {

TimerQueue::TimerQueue() : thread_([this] { Run(); }) {
  pthread_setname_np(thread_.native_handle(), "timers");
}

TimerQueue::~TimerQueue() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

TimerQueue::TimerId TimerQueue::After(std::chrono::milliseconds delay,
                                      std::function<void()> callback) {
  const auto due = std::chrono::steady_clock::now() + delay;
  TimerId id = 0;
  {
    const MutexLock lock(mutex_);
    id = next_id_++;
    timers_.emplace(Key{due, id}, std::move(callback));
    due_.emplace(id, due);
  }
  changed_.notify_one();
  return id;
}

bool TimerQueue::Cancel(TimerId id) {
  std::function<void()> dropped;  // Destroyed after the lock is released.
  const MutexLock lock(mutex_);
  const auto entry = due_.find(id);
  if (entry == due_.end()) return false;
  const auto timer = timers_.find(Key{entry->second, id});
  dropped = std::move(timer->second);
  timers_.erase(timer);
  due_.erase(entry);
  return true;
}

void TimerQueue::Run() {
  MutexLock lock(mutex_);
  while (!stopping_) {
    if (timers_.empty()) {
      changed_.wait(lock.native());
      continue;
    }
    const auto first = timers_.begin();
    if (std::chrono::steady_clock::now() < first->first.first) {
      const auto due = first->first.first;
      changed_.wait_until(lock.native(), due);
      continue;
    }
    auto callback = std::move(first->second);
    due_.erase(first->first.second);
    timers_.erase(first);
    lock.Unlock();
    callback();
    callback = nullptr;
    lock.Lock();
  }
}

}  // namespace matinee
