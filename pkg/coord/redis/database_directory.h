// The directory of the databases whose processes use one Redis under one REDIS_PREFIX: a sorted set
// of their ids, by when a process last announced each. A process without a database, such as
// `matinee live`, finds there which keys are those of its Matinee. Internal to this package.
//
// Thread safety: all methods may be called from any thread.
#pragma once

#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/periodic_task.h"
#include "base/result.h"
#include "coord/coordination.h"
#include "coord/redis/pipeline.h"
#include "coord/redis/timeouts.h"

namespace matinee::coord::redis {

class DatabaseDirectory {
 public:
  // Announces the database of the options, if they have one. `pipeline` must outlive it.
  DatabaseDirectory(Pipeline& pipeline, const RedisOptions& options, const RedisTimeouts& timeouts);

  // Whether this process knows no database, and looks for it.
  [[nodiscard]] bool finds() const { return database_.empty() && !shared_prefix_.empty(); }

  // Returns what the keys of the only database begin with. One that was found stays until another
  // takes its place. Fails with kUnavailable: Redis is, there is none yet, or there are several,
  // which the message names.
  Result<std::string> FindPrefix();

 private:
  void Announce();
  Result<std::vector<std::string>> Databases();

  Pipeline& pipeline_;
  const std::string shared_prefix_;
  const std::string key_;
  const std::string database_;
  const std::string expiry_;  // In ms, as the script takes it.

  std::mutex mutex_;
  std::string found_;             // The id.
  std::set<std::string> others_;  // Those that were logged. Only the task uses it.
  PeriodicTask task_;             // Last: it uses everything above.
};

}  // namespace matinee::coord::redis
