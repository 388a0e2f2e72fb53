// How long things take and last in the Redis driver; tests shorten them. Internal to this package.
#pragma once

#include <chrono>

#include "coord/coordination.h"

namespace matinee::coord {

struct RedisTimeouts {
  // See job_queue.h.
  std::chrono::milliseconds visibility_timeout = kVisibilityTimeout;
  std::chrono::milliseconds heartbeat_interval = kHeartbeatInterval;
  // How often a process looks for what dead workers have left, and how long one blocking read lasts
  // at most: so soon it is noticed that Redis has stopped answering.
  std::chrono::milliseconds reclaim_interval{1000};
  // How often a worker trims streams and tidies up; a burst of 10 000 jobs a second leaves some
  // 10 MB in that time.
  std::chrono::milliseconds trim_interval{5000};
  // A consumer that has nothing and was not heard of for so long is a process that was killed.
  std::chrono::milliseconds consumer_expiry = std::chrono::hours(1);

  std::chrono::milliseconds lease = kLeaseTime;
  std::chrono::milliseconds state_lifetime = kStateLifetime;

  // For reaching Redis and being let in.
  std::chrono::milliseconds connect_time{1000};
  // For an answer. Our longest script takes some milliseconds.
  std::chrono::milliseconds command_time{1500};
  // For Coord::check, half to reach Redis and half for its answer.
  std::chrono::milliseconds check_time{1000};
  // Between attempts to reach a Redis that is away, doubling.
  std::chrono::milliseconds backoff_min{100};
  std::chrono::milliseconds backoff_max{2000};
  // A subscriber asks so often whether its connection still is one.
  std::chrono::milliseconds ping_interval{2000};
};

// As ConnectRedis, with other times.
Result<Coordination> ConnectRedisWith(const RedisOptions& options, const RedisTimeouts& timeouts,
                                      Metrics* metrics);

}  // namespace matinee::coord
