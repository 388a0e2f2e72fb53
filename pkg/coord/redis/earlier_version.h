// Processes of a version whose keys had no id of a database, such as 0.1.0, during an upgrade.
// Their leader sees neither our jobs nor our consumers: it would requeue what our workers run, and
// our leader what theirs do. So while one of them runs, no process of this version leads or
// receives jobs; theirs do, since all jobs are rows. Internal to this package.
//
// Thread safety: all methods may be called from any thread.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "coord/coordination.h"
#include "coord/redis/keys.h"
#include "coord/redis/pipeline.h"
#include "coord/redis/timeouts.h"

namespace matinee::coord::redis {

class EarlierVersion {
 public:
  // `pipeline` must outlive it.
  EarlierVersion(Pipeline& pipeline, const Keys& keys, const RedisOptions& options,
                 const RedisTimeouts& timeouts);

  // Whether none of its processes runs any more; they cannot come back, since the schema is newer
  // than they are. The first process to see it takes over their dead letters and deletes their
  // keys. False as well while Redis is unreachable. Asks it once a second at most.
  bool IsGone();

 private:
  // What the script says: "gone", "quiet" or "running". Takes over if it is quiet and `takes_over`.
  std::string Ask(bool takes_over);

  Pipeline& pipeline_;
  const RedisTimeouts timeouts_;
  const std::string dead_letters_;  // Ours.
  const Keys keys_;                 // Theirs.
  const std::string sessions_;
  std::atomic<bool> gone_;

  std::mutex mutex_;
  MonoTime next_ask_;
  std::optional<MonoTime> quiet_since_;
  bool logged_ = false;
};

}  // namespace matinee::coord::redis
