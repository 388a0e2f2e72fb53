// The jobs that are in this process' hands, and the thread that tells Redis so: what it does not
// hear of for RedisTimes::silent_after is given to another worker. The same thread tidies up.
// Internal to this package.
//
// Thread safety: all methods may be called from any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "coord/job_queue.h"
#include "coord/redis/link.h"

namespace matinee::coord::redis {

// As scripts take them: stream and index of each lane.
std::vector<std::string_view> LaneKeys(const Keys& keys);
// A lane as scripts number it: from 1.
std::string LaneNumber(Lane lane);

class Hands {
 public:
  // `link` must outlive it.
  explicit Hands(Link& link);
  // Leaves the group, if a job was ever taken and nothing is left.
  ~Hands();

  // From the first time on, the thread runs. A process that only enqueues needs none.
  void Start();

  void Hold(Lane lane, const std::string& entry_id);
  void Release(Lane lane, const std::string& entry_id);
  // Lane number and entry id of each.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> Held();

  // Whether this process may look for the jobs of dead workers, by Redis' clock in microseconds:
  // since when its own beats have come without a gap, and the last of them (0: none has). One that
  // is new takes the others' word for the time before its first beat; otherwise a household whose
  // workers are restarted every few seconds would never have one that may look.
  struct Pulse {
    int64_t last_beat = 0;
    int64_t regular_since = 0;
  };
  [[nodiscard]] Pulse pulse();
  // A beat that is further from the one before is not regular.
  [[nodiscard]] std::chrono::milliseconds gap_max() const { return link_.times.beat_interval * 2; }

  // Redis' clock: as of its last answer, and ours since.
  [[nodiscard]] std::chrono::microseconds RedisNow() const;
  void SetRedisNow(int64_t micros);

 private:
  void Loop();
  bool Beat();
  void Upkeep();

  Link& link_;
  const std::vector<std::string_view> lane_keys_;
  std::atomic<int64_t> clock_offset_{0};  // From the monotonic clock to Redis', in microseconds.

  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<std::pair<Lane, std::string>> held_;
  Pulse pulse_;
  bool stopping_ = false;
  std::once_flag started_;
  std::thread thread_;
};

}  // namespace matinee::coord::redis
