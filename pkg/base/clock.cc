#include "base/clock.h"

namespace matinee {

WallTime SystemClock::Now() const {
  return std::chrono::time_point_cast<Micros>(std::chrono::system_clock::now());
}

MonoTime SystemClock::Mono() const {
  return std::chrono::steady_clock::now();
}

WallTime ManualClock::Now() const {
  const std::lock_guard lock(mutex_);
  return wall_;
}

MonoTime ManualClock::Mono() const {
  const std::lock_guard lock(mutex_);
  return mono_;
}

void ManualClock::Advance(Micros by) {
  const std::lock_guard lock(mutex_);
  wall_ += by;
  mono_ += by;
}

}  // namespace matinee
