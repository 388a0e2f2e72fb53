// What `api` and `worker` have in common: both share a PostgreSQL and a Redis with others, and tell
// monitoring how they are, from before they have reached either.
//
// Thread safety: all methods from one thread, NotReady from any.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "base/result.h"
#include "foundation.h"
#include "health_watch.h"
#include "signals.h"
#include "status_server.h"

namespace matinee {

class SharedRole {
 public:
  // `name`: "api", "worker". `needs_redis`: without it the role is not ready.
  SharedRole(std::string name, bool needs_redis, config::Settings settings);

  // Fails with a sentence for the person who started it. Waits for PostgreSQL, until a signal
  // comes.
  Status Open(const Signals& signals);
  // From here on it is ready if its database (and Redis) can be reached.
  void Started();
  void StartDraining() { status_->StartDraining(); }
  void Stop();

  Foundation& foundation() { return foundation_; }

 private:
  Status CheckSettings() const;
  std::string NotReady();

  const std::string name_;
  const bool needs_redis_;
  Foundation foundation_;
  std::mutex mutex_;
  std::unique_ptr<HealthWatch> database_;  // Null until Started.
  std::unique_ptr<HealthWatch> redis_;     // The same, and of a role that does without.
  std::unique_ptr<StatusServer> status_;
};

}  // namespace matinee
