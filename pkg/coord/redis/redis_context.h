// The connection, keys and timeouts that the parts of the Redis driver share. Internal to this
// package.
//
// Thread safety: all methods may be called from any thread.
#pragma once

#include <string>

#include "coord/coordination.h"
#include "coord/redis/database_directory.h"
#include "coord/redis/dialer.h"
#include "coord/redis/earlier_version.h"
#include "coord/redis/key_types.h"
#include "coord/redis/keys.h"
#include "coord/redis/pipeline.h"
#include "coord/redis/timeouts.h"

namespace matinee::coord::redis {

struct RedisContext {
  RedisContext(const Address& address, const RedisOptions& options, const RedisTimeouts& timeouts,
               Metrics* metrics);

  // The channel of the events. Fails with kUnavailable if the database is not known now.
  Result<std::string> EventsChannel();

  const QueueTable queues;
  const Keys keys;
  const RedisTimeouts timeouts;
  // Unique in this Redis: host, process, and a random number.
  const std::string name;
  Metrics* const metrics;
  Dialer dialer;
  Pipeline pipeline;
  KeyTypes key_types;
  DatabaseDirectory directory;
  EarlierVersion earlier;
};

}  // namespace matinee::coord::redis
