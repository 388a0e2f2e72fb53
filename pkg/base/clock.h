// Time comes in from outside: whoever needs it takes a Clock, so that tests can turn it by hand.
//
// Thread safety: every Clock may be used from several threads at once.
#pragma once

#include <chrono>
#include <mutex>

namespace matinee {

using Micros = std::chrono::microseconds;
// A moment of the calendar (UTC). Jumps when the machine's clock is set: never measure with it.
using WallTime = std::chrono::time_point<std::chrono::system_clock, Micros>;
// A moment of the monotonic clock: for durations, deadlines, ages.
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

// A clock that moves only when told to.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(WallTime start) : wall_(start) {}

  [[nodiscard]] WallTime Now() const override;
  [[nodiscard]] MonoTime Mono() const override;
  void Advance(Micros by);

 private:
  mutable std::mutex mutex_;
  WallTime wall_;
  MonoTime mono_{};
};

}  // namespace matinee
