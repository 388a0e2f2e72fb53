// What the parts of the Redis driver share: names, times, connections. Internal to this package.
//
// Thread safety: all methods may be called from any thread.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "coord/job_queue.h"
#include "coord/redis/dialer.h"
#include "coord/redis/pipeline.h"
#include "coord/redis/times.h"

namespace matinee::coord::redis {

// The keys of one Matinee.
struct Keys {
  explicit Keys(const std::string& prefix);

  std::array<std::string, kLanes.size()> streams;  // Jobs, by Lane.
  std::array<std::string, kLanes.size()> indexes;  // Capture id to entry id of its live job.
  std::string dead;                                // A stream of jobs that were given up.
  std::string pulse;  // Of all workers: when one last beat, and since when without a gap.
  std::string snapshot;
  std::string leader;  // Who holds the lease.
  std::string epoch;   // The number of the last term.
  std::string events;  // A channel.
};

struct Link {
  Link(const Address& address, const std::string& prefix, const RedisTimes& times,
       Metrics* metrics);

  const Keys keys;
  const RedisTimes times;
  // Nobody else's in this Redis: host, process, and a random number.
  const std::string name;
  Metrics* const metrics;
  Dialer dialer;
  Pipeline pipeline;
};

}  // namespace matinee::coord::redis
