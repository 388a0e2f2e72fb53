// std::mutex and std::unique_lock with the annotations that libstdc++ lacks, so that
// `clang++ -Wthread-safety` checks which mutex guards what.
//
//   Mutex mutex_;
//   std::condition_variable changed_;
//   bool ready_ GUARDED_BY(mutex_) = false;
//
//   MutexLock lock(mutex_);
//   while (!ready_) changed_.wait(lock.native());
//
// Waits are loops: the analysis does not see that a predicate runs with the mutex held.
#pragma once

#include <mutex>

#include "base/thread_annotations.h"

namespace matinee {

class CAPABILITY("mutex") Mutex {
 public:
  Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

 private:
  friend class MutexLock;
  std::mutex mutex_;
};

// Holds a mutex until it is unlocked or destroyed.
class SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) ACQUIRE(mutex) : lock_(mutex.mutex_) {}
  ~MutexLock() RELEASE() = default;
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

  void Lock() ACQUIRE() { lock_.lock(); }
  void Unlock() RELEASE() { lock_.unlock(); }

  // For std::condition_variable.
  std::unique_lock<std::mutex>& native() { return lock_; }

 private:
  std::unique_lock<std::mutex> lock_;
};

}  // namespace matinee
