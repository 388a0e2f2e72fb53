// A fixed number of threads that run short tasks from a bounded queue.
//
// Thread safety: all methods may be called from any thread. The destructor runs what was accepted
// and then joins; a task must not destroy its own Executor.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/mutex.h"

namespace matinee {

using Task = std::function<void()>;

// The counts of an executor for monitoring.
struct ExecutorStats {
  std::atomic<size_t> queue_length{0};
  std::atomic<uint64_t> rejected{0};  // Tasks that were refused because the queue was full.
};

class Executor {
 public:
  // `name` (at most 15 characters) is the name of the threads in top and gdb.
  Executor(const std::string& name, size_t threads, size_t queue_max);
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  // Queues the task. Returns false, and drops it, if the queue is full or Stop() was called.
  [[nodiscard]] bool TrySubmit(Task task);

  // Accepts no more, runs what was accepted, joins the threads. May be called twice.
  void Stop();

  [[nodiscard]] size_t queue_length() const { return stats_->queue_length; }

  // Outlives the executor, so that metrics can read it at any time.
  [[nodiscard]] std::shared_ptr<const ExecutorStats> stats() const { return stats_; }

 private:
  void Run();

  const size_t queue_max_;
  const std::shared_ptr<ExecutorStats> stats_ = std::make_shared<ExecutorStats>();
  Mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> tasks_ GUARDED_BY(mutex_);
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace matinee
