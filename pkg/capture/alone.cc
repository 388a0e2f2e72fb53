#include "capture/alone.h"

namespace matinee::capture {

Alone::Beside::Beside(Alone& alone) : alone_(alone) {
  std::unique_lock lock(alone_.mutex_);
  alone_.changed_.wait(lock, [this] { return alone_.want_alone_ == 0; });
  ++alone_.under_way_;
}

void Alone::Beside::BeAlone() {
  std::unique_lock lock(alone_.mutex_);
  if (is_alone_) return;
  is_alone_ = true;
  ++alone_.want_alone_;
  --alone_.under_way_;  // Two who wait for each other would wait for ever.
  alone_.changed_.notify_all();
  alone_.changed_.wait(lock, [this] { return alone_.under_way_ == 0; });
  ++alone_.under_way_;
}

Alone::Beside::~Beside() {
  {
    const std::lock_guard lock(alone_.mutex_);
    --alone_.under_way_;
    if (is_alone_) --alone_.want_alone_;
  }
  alone_.changed_.notify_all();
}

bool Alone::WaitForNobody(std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, limit, [this] { return want_alone_ == 0; });
}

}  // namespace matinee::capture
