// The connection, keys and timeouts that the parts of the Redis driver share. Internal to this
// package.
//
// Thread safety: all methods may be called from any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "coord/coordination.h"
#include "coord/redis/dialer.h"
#include "coord/redis/pipeline.h"
#include "coord/redis/timeouts.h"

namespace matinee::coord::redis {

// The keys of one Matinee. Their names are those of version 0.1.0, so that a rolling update finds
// the jobs of older pods.
struct Keys {
  Keys(std::string key_prefix, const QueueTable& queues);

  std::string prefix;
  std::vector<std::string> streams;  // Jobs, by place in the table.
  std::vector<std::string> indexes;  // Key of a job to the entry id of its live job.
  std::string dead_letters;          // A stream.
  std::string heartbeat;  // Of all consumers: the last one, and since when without a gap.
  std::string events;     // A channel.

  // The holder of the lease of this name, and the last term of it.
  [[nodiscard]] std::string Holder(const std::string& lease_name) const;
  [[nodiscard]] std::string LastTerm(const std::string& lease_name) const;
};

struct RedisContext {
  RedisContext(const Address& address, const RedisOptions& options, const RedisTimeouts& timeouts,
               Metrics* metrics);

  const QueueTable queues;
  const Keys keys;
  const RedisTimeouts timeouts;
  // Unique in this Redis: host, process, and a random number.
  const std::string name;
  Metrics* const metrics;
  Dialer dialer;
  Pipeline pipeline;
};

}  // namespace matinee::coord::redis
