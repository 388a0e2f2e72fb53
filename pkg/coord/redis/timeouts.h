// How long things take and last in the Redis driver; tests shorten them. Internal to this package.
#pragma once

#include <chrono>

#include "coord/coordination.h"

namespace matinee::coord {

struct RedisTimeouts {
  // See job_queue.h.
  std::chrono::milliseconds visibility_timeout = kVisibilityTimeout;
  std::chrono::milliseconds heartbeat_interval = kHeartbeatInterval;
  // How often a process reclaims jobs of crashed consumers, and the longest blocking read: within
  // this time it is noticed that Redis has stopped answering.
  std::chrono::milliseconds reclaim_interval{1000};
  // How often a consumer trims the streams; a burst of 10 000 jobs a second leaves some
  // 10 MB in that time.
  std::chrono::milliseconds trim_interval{5000};
  // A consumer that has nothing in flight and was idle for this long belongs to a killed process.
  std::chrono::milliseconds consumer_expiry = std::chrono::hours(1);

  std::chrono::milliseconds lease = kLeaseTime;
  std::chrono::milliseconds state_lifetime = kStateLifetime;

  // For connecting and logging in.
  std::chrono::milliseconds connect_time{1000};
  // For an answer. Our longest script takes some milliseconds.
  std::chrono::milliseconds command_time{1500};
  // For Coordination::check, half to connect and half for the answer.
  std::chrono::milliseconds check_time{1000};
  // Between attempts to reach an unreachable Redis; doubles each time.
  std::chrono::milliseconds backoff_min{100};
  std::chrono::milliseconds backoff_max{2000};
  // How often a process announces its database, and after which silence a database is forgotten.
  std::chrono::milliseconds announce_interval{5000};
  std::chrono::milliseconds database_expiry{30'000};
  // A version whose keys have no id has ended when it was silent for so long: more than its lease
  // and its visibility timeout.
  std::chrono::milliseconds earlier_version_silence{10'000};
  // How often a subscriber checks its connection.
  std::chrono::milliseconds ping_interval{2000};
};

// As ConnectRedis, with other timeouts.
Result<Coordination> ConnectRedisWith(const RedisOptions& options, const RedisTimeouts& timeouts,
                                      Metrics* metrics);

}  // namespace matinee::coord
