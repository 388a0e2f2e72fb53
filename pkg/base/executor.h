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
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace matinee {

using Task = std::function<void()>;

// What monitoring wants to know of an executor.
struct ExecutorStats {
  std::atomic<size_t> queue_length{0};
  std::atomic<uint64_t> rejected{0};  // Tasks that found the queue full.
};

class Executor {
 public:
  // `name` (at most 15 characters) is what the threads are called in top and gdb.
  Executor(const std::string& name, size_t threads, size_t queue_max);
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  // Queues the task; false, and nothing happens, when the queue is full or Stop() was called.
  [[nodiscard]] bool TrySubmit(Task task);

  // Accepts no more, runs what was accepted, joins the threads. May be called twice.
  void Stop();

  [[nodiscard]] size_t queue_length() const { return stats_->queue_length; }

  // Lives on after the executor, for those who look at it now and then.
  [[nodiscard]] std::shared_ptr<const ExecutorStats> stats() const { return stats_; }

 private:
  void Run();

  const size_t queue_max_;
  const std::shared_ptr<ExecutorStats> stats_ = std::make_shared<ExecutorStats>();
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Task> tasks_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace matinee
