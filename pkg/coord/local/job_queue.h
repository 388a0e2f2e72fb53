// The JobQueue inside one process, for `matinee up`, where the API and the worker share it. What is
// lost when the process ends is enqueued again by the reconciler of the next one, so the queue
// itself redelivers nothing.
//
// Waiting is done by a condition variable, without polling.
//
// Thread safety: as JobQueue. No thread may be inside Receive() when it is destroyed: Close() it
// and join the workers first.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "coord/job_queue.h"

namespace matinee::coord {

class LocalJobQueue final : public JobQueue {
 public:
  // `clock` must outlive it; ages come from it, waits go by real time.
  LocalJobQueue(const QueueTable& queues, const Clock& clock);

  [[nodiscard]] const QueueTable& queues() const override { return queues_; }
  [[nodiscard]] std::string_view system() const override { return "in_process"; }
  Status Enqueue(const Job& job, Term term = kNoTerm) override;
  std::optional<Delivery> Receive(const QueueFilter& filter,
                                  std::chrono::milliseconds wait) override;
  Status Ack(const Delivery& delivery) override;
  Status Nack(const Delivery& delivery) override;
  Status DeadLetter(const Delivery& delivery, const std::string& reason) override;
  Result<std::set<std::string>> Live(const std::vector<std::string>& keys) override;
  Result<std::vector<QueueState>> State() override;
  Result<std::vector<DeadLetterJob>> DeadLetters(size_t limit) override;
  void Close() override;

 private:
  struct Entry {
    Job job;
    MonoTime enqueued_at;
    bool redelivered = false;
  };
  struct Jobs {
    std::deque<Entry> queued;
    std::map<std::string, Entry> in_flight;  // By key.
    [[nodiscard]] size_t size() const { return queued.size() + in_flight.size(); }
  };

  std::optional<Delivery> ReceiveLocked(const QueueFilter& filter);

  const QueueTable queues_;
  const Clock& clock_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Jobs> jobs_;      // By place in the table.
  std::set<std::string> live_;  // Keys, of all queues.
  std::deque<DeadLetterJob> dead_letters_;
  bool closed_ = false;
};

}  // namespace matinee::coord
