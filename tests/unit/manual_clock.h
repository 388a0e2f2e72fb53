// A clock that moves only when a test advances it.
//
// Thread safety: it may be used from several threads at once.
#pragma once

#include <mutex>

#include "base/clock.h"

namespace matinee {

class ManualClock final : public Clock {
 public:
  explicit ManualClock(WallTime start) : wall_(start) {}

  [[nodiscard]] WallTime Now() const override {
    const std::lock_guard lock(mutex_);
    return wall_;
  }
  [[nodiscard]] MonoTime Mono() const override {
    const std::lock_guard lock(mutex_);
    return mono_;
  }
  void Advance(Micros by) {
    const std::lock_guard lock(mutex_);
    wall_ += by;
    mono_ += by;
  }
  // Steps the wall clock alone, as NTP or a person does.
  void SetWall(WallTime wall) {
    const std::lock_guard lock(mutex_);
    wall_ = wall;
  }

 private:
  mutable std::mutex mutex_;
  WallTime wall_;
  MonoTime mono_{};
};

}  // namespace matinee
