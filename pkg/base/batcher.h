// Group commit: calls of several threads are executed as one batch.
//
// A thread that calls while no batch is in progress executes its call at once. A call that comes
// during a batch is queued; when the batch ends, one of the waiting threads becomes the leader and
// executes all queued calls as the next batch. A lone caller pays nothing, and under load many
// calls share one round trip or one commit. No call waits for a batch to fill, and there is no
// dedicated thread.
//
//   struct Question : BatchedCall { std::string text; Result<Reply> reply; };
//   Batcher<Question> batcher;
//   batcher.Run(question, [&](Batcher<Question>::Batch& batch) { AskAll(batch); });
//
// Thread safety: all methods may be called from any thread. A call belongs to its thread again when
// Run returns.
#pragma once

#include <condition_variable>
#include <mutex>
#include <utility>
#include <vector>

namespace matinee {

template <typename Call>
class Batcher;

// The base class of the calls of a Batcher.
class BatchedCall {
 private:
  template <typename Call>
  friend class Batcher;

  enum class State { kQueued, kLeader, kDone };

  // Notifies with the lock held: once its thread sees that the call is done, it may destroy it.
  void Signal(State state) {
    const std::lock_guard lock(mutex_);
    state_ = state;
    changed_.notify_one();
  }
  State Wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return state_ != State::kQueued; });
    return state_;
  }

  // One per call, so that threads that are woken together do not contend for one lock.
  std::mutex mutex_;
  std::condition_variable changed_;
  State state_ = State::kQueued;
};

template <typename Call>
class Batcher {
 public:
  using Batch = std::vector<Call*>;

  Batcher() = default;
  Batcher(const Batcher&) = delete;
  Batcher& operator=(const Batcher&) = delete;

  // Returns when `call` was executed: by another thread, or by this one, which calls
  // `execute(Batch&)` with its own call and the queued ones. It must not throw.
  template <typename Execute>
  void Run(Call& call, const Execute& execute) {
    if (!TryBecomeLeader(call) && call.Wait() == BatchedCall::State::kDone) return;
    Batch batch = {&call};
    DrainPending(batch);
    execute(batch);
    // The next batch starts before the threads of this one continue.
    if (Call* next = NextLeader()) next->Signal(BatchedCall::State::kLeader);
    for (Call* done : batch) {
      if (done != &call) done->Signal(BatchedCall::State::kDone);
    }
  }

  // For `execute`: adds the calls that were queued in the meantime.
  void DrainPending(Batch& batch) {
    const std::lock_guard lock(mutex_);
    batch.insert(batch.end(), queued_.begin(), queued_.end());
    queued_.clear();
  }

 private:
  // If it returns false, the call is queued.
  bool TryBecomeLeader(Call& call) {
    const std::lock_guard lock(mutex_);
    if (busy_) queued_.push_back(&call);
    return !std::exchange(busy_, true);
  }

  // Returns the oldest queued call, or null.
  Call* NextLeader() {
    const std::lock_guard lock(mutex_);
    busy_ = !queued_.empty();
    if (!busy_) return nullptr;
    Call* next = queued_.front();
    queued_.erase(queued_.begin());
    return next;
  }

  std::mutex mutex_;
  bool busy_ = false;  // A batch is in progress.
  Batch queued_;       // Oldest first.
};

}  // namespace matinee
