// The JobQueue in Redis, for any number of processes. Internal to this package: see MakeRedis.
//
// Each lane is a stream with one consumer group, each process one consumer of it. Beside the stream
// an index says which entry is a capture's live job. All that must hold together is done by scripts
// (scripts.cc).
//
// Thread safety: as JobQueue. Nobody may be inside Take() when it is destroyed.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "coord/job_queue.h"
#include "coord/redis/entry.h"
#include "coord/redis/hands.h"
#include "coord/redis/link.h"
#include "coord/redis/reader.h"

namespace matinee::coord {

class RedisJobQueue final : public JobQueue {
 public:
  explicit RedisJobQueue(std::shared_ptr<redis::Link> link);
  ~RedisJobQueue() override;

  Status Enqueue(const Job& job, Epoch epoch = kNoEpoch) override;
  bool HasRoom(Lane lane) override;
  std::optional<Delivery> Take(Accept accept, std::chrono::milliseconds wait) override;
  Status Done(const Delivery& delivery) override;
  Status GiveBack(const Delivery& delivery) override;
  Status Bury(const Delivery& delivery, const std::string& reason) override;
  Result<std::set<std::string>> Live(const std::vector<std::string>& capture_ids) override;
  Result<std::array<LaneState, kLanes.size()>> State() override;
  Result<std::vector<DeadJob>> Dead(size_t limit) override;
  void Close() override;

 private:
  // What has no job in it is buried, and none is given.
  std::optional<Delivery> Receive(redis::Entry entry, bool redelivered);
  std::optional<Delivery> TakeWaiting(Accept accept);
  std::optional<Delivery> TakeFromDead(Accept accept);
  std::optional<Delivery> WaitForOne(Accept accept, std::chrono::milliseconds wait);
  // Whether a second has passed since any thread of this kind has looked, or the last one has
  // found something. By kind: or a slot for screenshots could take every turn of the others.
  bool TimeToLook(Accept accept);
  void LookAgain(Accept accept);
  Status GiveBackEntry(Lane lane, const std::string& entry_id);
  Status BuryEntry(Lane lane, const std::string& entry_id, std::string_view reason);

  const std::shared_ptr<redis::Link> link_;
  const std::vector<std::string_view> lane_keys_;
  redis::Hands hands_;
  redis::Readers readers_;
  std::atomic<bool> closed_{false};

  std::mutex look_mutex_;
  std::array<MonoTime, 2> next_look_;  // By Accept.
};

}  // namespace matinee::coord
