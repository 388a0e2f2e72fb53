// The SnapshotCache and the LeaderLease of a process that is alone.
//
// Thread safety: as their interfaces say.
#pragma once

#include <algorithm>
#include <chrono>
#include <mutex>
#include <optional>
#include <string>

#include "coord/leader_lease.h"
#include "coord/snapshot_cache.h"

namespace matinee::coord {

// Fresh for kSnapshotLife, as everywhere.
class LocalSnapshotCache final : public SnapshotCache {
 public:
  Status Put(const std::string& snapshot, Epoch epoch) override;
  Result<std::optional<std::string>> Get() override;

 private:
  std::mutex mutex_;
  Epoch epoch_ = kNoEpoch;
  std::string snapshot_;
  std::optional<std::chrono::steady_clock::time_point> put_at_;
};

// Whoever asks first is the leader until Release.
class LocalLeaderLease final : public LeaderLease {
 public:
  Result<std::optional<Epoch>> Hold(Epoch floor) override;
  void Release() override;

 private:
  std::mutex mutex_;
  Epoch epoch_ = kNoEpoch;
  bool held_ = false;
};

}  // namespace matinee::coord
