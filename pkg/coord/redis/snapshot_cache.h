// The SnapshotCache in Redis. Internal to this package: see MakeRedis.
//
// Thread safety: as SnapshotCache.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "coord/redis/link.h"
#include "coord/snapshot_cache.h"

namespace matinee::coord {

class RedisSnapshotCache final : public SnapshotCache {
 public:
  explicit RedisSnapshotCache(std::shared_ptr<redis::Link> link);
  Status Put(const std::string& snapshot, Epoch epoch) override;
  Result<std::optional<std::string>> Get() override;

 private:
  const std::shared_ptr<redis::Link> link_;
};

}  // namespace matinee::coord
