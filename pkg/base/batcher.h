// Calls of many threads, carried out together.
//
// A thread that finds nobody at work carries its call out at once. One that finds another at work
// leaves its call with those that wait; when the other is done, one of the waiting threads carries
// all of them out as one batch. So a lone caller pays nothing, and under load many calls share one
// round trip or one commit: nothing waits for a batch to fill, and no thread of its own is needed.
//
//   struct Question : BatchedCall { std::string text; Result<Reply> reply; };
//   Batcher<Question> batcher;
//   batcher.Run(question, [&](Batcher<Question>::Batch& batch) { AskAll(batch); });
//
// Thread safety: all methods may be called from any thread. A call is its thread's again when Run
// returns.
#pragma once

#include <condition_variable>
#include <mutex>
#include <utility>
#include <vector>

namespace matinee {

template <typename Call>
class Batcher;

// The base of what a Batcher carries out.
class BatchedCall {
 private:
  template <typename Call>
  friend class Batcher;

  enum class State { kWaits, kLeads, kDone };

  // Notifies with the lock held: once its thread can see that it is done, the call may be gone.
  void Signal(State state) {
    const std::lock_guard lock(mutex_);
    state_ = state;
    changed_.notify_one();
  }
  State Wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return state_ != State::kWaits; });
    return state_;
  }

  // Each call has its own, so that those who are woken together do not meet at one lock.
  std::mutex mutex_;
  std::condition_variable changed_;
  State state_ = State::kWaits;
};

template <typename Call>
class Batcher {
 public:
  using Batch = std::vector<Call*>;

  Batcher() = default;
  Batcher(const Batcher&) = delete;
  Batcher& operator=(const Batcher&) = delete;

  // Returns when `call` was carried out: by another thread, or by this one, which calls
  // `carry_out(Batch&)` with its own call and those that wait. It must not throw.
  template <typename CarryOut>
  void Run(Call& call, const CarryOut& carry_out) {
    if (!TryBecomeLeader(call) && call.Wait() == BatchedCall::State::kDone) return;
    Batch batch = {&call};
    DrainPending(batch);
    carry_out(batch);
    // The next batch begins before this one's threads go on.
    if (Call* next = NextLeader()) next->Signal(BatchedCall::State::kLeads);
    for (Call* done : batch) {
      if (done != &call) done->Signal(BatchedCall::State::kDone);
    }
  }

  // For `carry_out`: those who came meanwhile as well.
  void DrainPending(Batch& batch) {
    const std::lock_guard lock(mutex_);
    batch.insert(batch.end(), waiting_.begin(), waiting_.end());
    waiting_.clear();
  }

 private:
  // If not, the call is with those that wait.
  bool TryBecomeLeader(Call& call) {
    const std::lock_guard lock(mutex_);
    if (busy_) waiting_.push_back(&call);
    return !std::exchange(busy_, true);
  }

  // Of those that wait, if any.
  Call* NextLeader() {
    const std::lock_guard lock(mutex_);
    busy_ = !waiting_.empty();
    if (!busy_) return nullptr;
    Call* next = waiting_.front();
    waiting_.erase(waiting_.begin());
    return next;
  }

  std::mutex mutex_;
  bool busy_ = false;  // A batch is under way.
  Batch waiting_;      // In the order in which they came.
};

}  // namespace matinee
