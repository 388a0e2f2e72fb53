#include "coord/redis/keys.h"

#include <utility>

#include "coord/coordination.h"

namespace matinee::coord::redis {

Keys::Keys(std::string key_prefix, const QueueTable& queues)
    : prefix(std::move(key_prefix)),
      dead_letters(prefix + "jobs:dead"),
      heartbeat(prefix + "pulse"),
      events(prefix + "events") {
  for (const Queue& queue : queues) {
    streams.push_back(prefix + "jobs:" + queue.name);
    indexes.push_back(prefix + "live:" + queue.name);
  }
}

std::string Keys::Holder(const std::string& lease_name) const {
  return prefix + (lease_name == kLeaderLease ? lease_name : "lease:" + lease_name);
}

std::string Keys::LastTerm(const std::string& lease_name) const {
  // The leader's key has the name that version 0.1.0 gave it.
  return prefix + (lease_name == kLeaderLease ? "epoch" : "term:" + lease_name);
}

}  // namespace matinee::coord::redis
