#include "coord/local/single.h"

namespace matinee::coord {

using std::chrono::steady_clock;

Status LocalSnapshotCache::Put(const std::string& snapshot, Epoch epoch) {
  const std::lock_guard lock(mutex_);
  if (epoch < epoch_) return Fail(Code::kConflict, "another is the leader by now");
  epoch_ = epoch;
  snapshot_ = snapshot;
  put_at_ = steady_clock::now();
  return {};
}

Result<std::optional<std::string>> LocalSnapshotCache::Get() {
  const std::lock_guard lock(mutex_);
  if (!put_at_ || steady_clock::now() - *put_at_ > kSnapshotLife) return std::nullopt;
  return snapshot_;
}

Result<std::optional<Epoch>> LocalLeaderLease::Hold(Epoch floor) {
  const std::lock_guard lock(mutex_);
  if (!held_) epoch_ = std::max(epoch_, floor) + 1;
  held_ = true;
  return epoch_;
}

void LocalLeaderLease::Release() {
  const std::lock_guard lock(mutex_);
  held_ = false;
}

}  // namespace matinee::coord
