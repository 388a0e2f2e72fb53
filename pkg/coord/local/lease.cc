#include "coord/local/lease.h"

#include <algorithm>

namespace matinee::coord {

Result<std::optional<Term>> LocalLease::Acquire(Term floor) {
  const std::lock_guard lock(leases_->mutex);
  LocalLeases::Entry& entry = leases_->entries[name_];
  if (entry.holder != nullptr && entry.holder != this) return std::nullopt;
  if (entry.holder == nullptr) entry.term = std::max(entry.term, floor) + 1;
  entry.holder = this;
  return entry.term;
}

void LocalLease::Release() {
  const std::lock_guard lock(leases_->mutex);
  LocalLeases::Entry& entry = leases_->entries[name_];
  if (entry.holder == this) entry.holder = nullptr;
}

}  // namespace matinee::coord
