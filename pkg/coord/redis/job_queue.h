// The JobQueue in Redis, for any number of processes. Internal to this package: see ConnectRedis.
//
// Each queue is a stream with one consumer group, each process one consumer of it. Beside the
// stream an index says which entry is the live job of a key. What must be atomic is done by scripts
// (scripts.cc).
//
// Thread safety: as JobQueue. No thread may be inside Receive() when it is destroyed.
#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "coord/job_queue.h"
#include "coord/redis/consumer.h"
#include "coord/redis/redis_context.h"
#include "coord/redis/stream_entry.h"
#include "coord/redis/stream_reader.h"

namespace matinee::coord {

class RedisJobQueue final : public JobQueue {
 public:
  explicit RedisJobQueue(std::shared_ptr<redis::RedisContext> context);
  ~RedisJobQueue() override;

  [[nodiscard]] const QueueTable& queues() const override { return context_->queues; }
  [[nodiscard]] std::string_view system() const override { return "redis"; }
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
  // Puts the entry in flight. A malformed one becomes a dead letter, and nothing is returned.
  std::optional<Delivery> Deliver(redis::StreamEntry entry);
  std::optional<Delivery> ReceiveQueued(const QueueFilter& filter);
  std::optional<Delivery> Reclaim(const QueueFilter& filter);
  std::optional<Delivery> WaitForOne(const QueueFilter& filter, std::chrono::milliseconds wait);
  // Whether reclaim_interval has passed since any slot of this filter has reclaimed, or the last
  // one has found something. By filter: or a reserved slot could take every turn of the others.
  bool IsReclaimDue(const QueueFilter& filter);
  void ReclaimAgainSoon(const QueueFilter& filter);
  Status NackEntry(size_t place, const std::string& entry_id, bool redelivered);
  Status DeadLetterEntry(size_t place, const std::string& entry_id, std::string_view reason);
  [[nodiscard]] size_t PlaceOfJob(const Delivery& delivery) const;

  const std::shared_ptr<redis::RedisContext> context_;
  const std::vector<std::string_view> queue_keys_;
  const std::string leader_term_key_;
  redis::Consumer consumer_;
  redis::StreamReaders readers_;
  std::atomic<bool> closed_{false};

  std::mutex reclaim_mutex_;
  std::map<QueueFilter, MonoTime> next_reclaim_;
};

}  // namespace matinee::coord
