#include "base/lifetime.h"

namespace matinee {

void LifetimeGuard::Close() {
  MutexLock lock(mutex_);
  closed_ = true;
  while (inside_ > 0) empty_.wait(lock.native());
}

bool LifetimeGuard::Enter() {
  const MutexLock lock(mutex_);
  if (closed_) return false;
  ++inside_;
  return true;
}

// Notifies with the mutex held: once Close() returns, the guard may be destroyed.
void LifetimeGuard::Leave() {
  const MutexLock lock(mutex_);
  if (--inside_ == 0) empty_.notify_all();
}

}  // namespace matinee
