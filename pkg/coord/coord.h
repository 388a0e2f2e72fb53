// What the processes of one Matinee share, in four small interfaces, and the two ways to have them:
// inside one process, or in Redis.
//
// Thread safety: all parts may be used from any thread. They may be destroyed in any order, after
// those who use them have gone.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "coord/event_bus.h"
#include "coord/job_queue.h"
#include "coord/leader_lease.h"
#include "coord/snapshot_cache.h"

namespace matinee {
class Metrics;
}

namespace matinee::coord {

struct Coord {
  std::unique_ptr<JobQueue> jobs;
  std::unique_ptr<EventBus> events;
  std::unique_ptr<SnapshotCache> snapshot;
  std::unique_ptr<LeaderLease> lease;
  // Whether it can be reached now; kUnavailable with the reason. Takes a second at most.
  std::function<Status()> check;
};

// For `matinee up`: one process is all there is.
Coord MakeLocal();

struct RedisOptions {
  Secret url;  // redis://[[user]:password@]host[:port][/database]
  // All keys begin with it: several Matinees may share one Redis.
  std::string prefix = "matinee:";
};

// Redis 6.2 or newer. Connects when it is first needed and again after each failure, so a Redis
// that is away at the start is no error. Fails with kInvalidArgument: no such address (the message
// quotes none of it). `metrics` may be null and must outlive the parts.
Result<Coord> MakeRedis(const RedisOptions& options, Metrics* metrics);

}  // namespace matinee::coord
