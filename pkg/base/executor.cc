#include "base/executor.h"

#include <pthread.h>

#include <utility>

namespace matinee {

Executor::Executor(const std::string& name, size_t threads, size_t queue_max)
    : queue_max_(queue_max) {
  threads_.reserve(threads);
  for (size_t i = 0; i < threads; ++i) {
    threads_.emplace_back([this] { Run(); });
    pthread_setname_np(threads_.back().native_handle(), name.c_str());
  }
}

Executor::~Executor() {
  Stop();
}

bool Executor::TrySubmit(Task task) {
  {
    const MutexLock lock(mutex_);
    if (stopping_) return false;
    if (tasks_.size() >= queue_max_) {
      ++stats_->rejected;
      return false;
    }
    tasks_.push_back(std::move(task));
    stats_->queue_length = tasks_.size();
  }
  changed_.notify_one();
  return true;
}

void Executor::Stop() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (auto& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void Executor::Run() {
  MutexLock lock(mutex_);
  while (true) {
    while (!stopping_ && tasks_.empty()) changed_.wait(lock.native());
    if (tasks_.empty()) return;
    Task task = std::move(tasks_.front());
    tasks_.pop_front();
    stats_->queue_length = tasks_.size();
    lock.Unlock();
    task();
    task = nullptr;  // What it holds is destroyed without the lock.
    lock.Lock();
  }
}

}  // namespace matinee
