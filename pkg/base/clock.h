// Code that needs the time receives a Clock, so that tests can set it (tests/unit/manual_clock.h).
//
// Thread safety: every Clock may be used from several threads at once.
#pragma once

#include <chrono>

namespace matinee {

using Micros = std::chrono::microseconds;
// Calendar time (UTC). It jumps when the machine's clock is set: never measure with it.
using WallTime = std::chrono::time_point<std::chrono::system_clock, Micros>;
// Monotonic time: for durations, deadlines and ages.
using MonoTime = std::chrono::steady_clock::time_point;

class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual WallTime Now() const = 0;
  [[nodiscard]] virtual MonoTime Mono() const = 0;
};

// The machine's clocks.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] WallTime Now() const override;
  [[nodiscard]] MonoTime Mono() const override;
};

}  // namespace matinee
