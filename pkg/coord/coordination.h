// What the processes of one Matinee share, in four small interfaces, and the two drivers: inside
// one process, or in Redis.
//
// Thread safety: all parts may be used from any thread. They may be destroyed in any order, after
// their users.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "coord/event_bus.h"
#include "coord/job_queue.h"
#include "coord/lease.h"
#include "coord/state_store.h"

namespace matinee {
class Metrics;
}

namespace matinee::coord {

struct Coordination {
  std::unique_ptr<JobQueue> jobs;
  std::unique_ptr<EventBus> events;
  // The lease of this name: 1 to 64 of lower-case letters, digits, '_', '-', ':'.
  std::function<std::unique_ptr<Lease>(const std::string& name)> lease;
  // The value of this key (the same alphabet), written by holders of the lease `lease_name`.
  std::function<std::unique_ptr<StateStore>(const std::string& key, const std::string& lease_name)>
      state;
  // Fails with kUnavailable and the reason if it cannot be reached now, or if a key is of a type
  // that makes it useless. Takes a second at most.
  std::function<Status()> check;
};

// The lease of the one process that polls media servers and reconciles.
inline constexpr char kLeaderLease[] = "leader";

// Makes the local driver, for `matinee up`: all parts are in one process. `queues` must pass
// CheckQueueTable; `clock` must outlive the parts.
Coordination MakeLocal(const QueueTable& queues, const Clock& clock);

struct RedisOptions {
  Secret url;  // redis://[[user]:password@]host[:port][/database]
  // All keys begin with it: several Matinees may share one Redis.
  std::string prefix = "matinee:";
  QueueTable queues;
  // What the prefixes of all databases in this Redis begin with, and the key of the directory that
  // names them: "matinee:". Empty: there is none.
  std::string directory = "";
  // The id that this process announces in the directory. Without one it looks for the only
  // database there, and only `events` and `check` of the parts work: for a process that knows no
  // database.
  std::string database = "";
  // The database was used by a version whose keys had no id, such as 0.1.0: until its processes
  // have ended, this one neither leads nor receives jobs. Then it takes over their dead letters.
  bool follows_0_1_0 = false;
};

struct RedisSettings;

// The options of a process of this database; an empty id is that of a process that knows none. All
// keys begin with "<REDIS_PREFIX>:<database id>:".
RedisOptions MakeRedisOptions(const RedisSettings& settings, QueueTable queues,
                              const std::string& database);

// Makes the driver in Redis 6.2 or newer. It connects at its first use and again after each
// failure, so a Redis that is unreachable at the start is not an error. Fails with
// kInvalidArgument: not an address (the message quotes nothing of it), or CheckQueueTable.
// `metrics` may be null and must outlive the parts.
Result<Coordination> ConnectRedis(const RedisOptions& options, Metrics* metrics);

}  // namespace matinee::coord
