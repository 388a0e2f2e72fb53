// This process as a consumer of the streams: its entries in flight, and the thread that sends their
// heartbeat; an entry without one for RedisTimeouts::visibility_timeout is reclaimed by another
// consumer. The same thread trims the streams. Internal to this package.
//
// Thread safety: all methods may be called from any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/periodic_task.h"
#include "coord/redis/redis_context.h"

namespace matinee::coord::redis {

// As scripts take them: stream and index of each queue, in the order of the table.
std::vector<std::string_view> QueueKeys(const Keys& keys);
// A queue as scripts number it: from 1.
std::string QueueNumber(size_t place);

class Consumer {
 public:
  // `context` must outlive it.
  explicit Consumer(RedisContext& context);
  // Leaves the consumer group, if it ever joined and has nothing in flight.
  ~Consumer();
  Consumer(const Consumer&) = delete;
  Consumer& operator=(const Consumer&) = delete;

  // Starts the heartbeat, the first time. A process that only enqueues needs none.
  void Start();

  // Begins to send heartbeats for the entry.
  void Add(size_t place, const std::string& entry_id);
  // Ends them.
  void Remove(size_t place, const std::string& entry_id);
  // "<queue number> <entry id>" of each entry in flight.
  std::vector<std::string> InFlight();

  // The heartbeat record: by Redis' clock, in microseconds; 0 before the first heartbeat.
  struct HeartbeatState {
    int64_t last_heartbeat = 0;
    // Since when heartbeats have come without a gap of more than gap_max(). A new process starts
    // from the shared record of all consumers, so that workers which are restarted often can still
    // reclaim jobs.
    int64_t stable_since = 0;
  };
  HeartbeatState heartbeat();

  // A longer time between two heartbeats is a gap.
  [[nodiscard]] std::chrono::milliseconds gap_max() const {
    return context_.timeouts.heartbeat_interval * 2;
  }

  // Redis' clock: its last answer, carried on by the monotonic clock.
  [[nodiscard]] std::chrono::microseconds RedisNow() const;
  void SetRedisNow(int64_t micros);

 private:
  // Sends a heartbeat and trims when it is time; returns the delay until the next one.
  std::chrono::milliseconds HeartbeatAndTrim();
  bool SendHeartbeat();
  void Trim();

  RedisContext& context_;
  const std::vector<std::string_view> queue_keys_;
  std::atomic<int64_t> clock_offset_{0};  // From the monotonic clock to Redis', in microseconds.

  std::mutex mutex_;
  std::set<std::pair<size_t, std::string>> in_flight_;
  HeartbeatState heartbeat_;
  MonoTime next_trim_;  // Only the task uses it.
  std::once_flag started_;
  PeriodicTask task_;  // Last: it uses everything above.
};

}  // namespace matinee::coord::redis
