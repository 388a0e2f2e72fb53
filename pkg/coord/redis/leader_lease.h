// The LeaderLease in Redis. Internal to this package: see MakeRedis.
//
// Thread safety: as LeaderLease.
#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include "coord/leader_lease.h"
#include "coord/redis/link.h"

namespace matinee::coord {

class RedisLeaderLease final : public LeaderLease {
 public:
  explicit RedisLeaderLease(std::shared_ptr<redis::Link> link);
  Result<std::optional<Epoch>> Hold(Epoch floor) override;
  void Release() override;

 private:
  const std::shared_ptr<redis::Link> link_;
  std::mutex mutex_;
  Epoch term_ = kNoEpoch;  // Of the last Hold that succeeded.
};

}  // namespace matinee::coord
