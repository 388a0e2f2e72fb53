// The names of the keys in Redis. Internal to this package.
//
// Thread safety: plain values.
#pragma once

#include <string>
#include <vector>

#include "coord/queue_table.h"

namespace matinee::coord::redis {

// The keys of one Matinee. Behind the prefix their names are those of version 0.1.0.
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

}  // namespace matinee::coord::redis
