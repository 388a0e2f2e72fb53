// The clock of the database server, for processes on several machines that must agree on the time:
// none of them uses its own wall clock. The monotonic clock is this machine's.
//
// It is read every kClockInterval and extrapolated by the monotonic clock, so that a jump of this
// machine's wall clock changes nothing.
//
// Thread safety: Now() and Mono() from any thread; Start and Stop from one.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "base/clock.h"
#include "base/periodic_task.h"
#include "base/result.h"
#include "sql/database.h"

namespace matinee::sql {

constexpr std::chrono::seconds kClockInterval{30};

class DatabaseClock final : public Clock {
 public:
  // `database` is PostgreSQL's, and outlives the clock.
  explicit DatabaseClock(Database& database) : database_(database) {}
  ~DatabaseClock() override = default;  // Stop().
  DatabaseClock(const DatabaseClock&) = delete;
  DatabaseClock& operator=(const DatabaseClock&) = delete;

  // Reads the server's clock; fails as the database does. Until the first success it is 1970.
  Status Ask();
  // Reads it again every kClockInterval until Stop(). After a failure the last answer holds.
  void Start() { task_.Start(kClockInterval); }
  void Stop() { task_.Stop(); }

  [[nodiscard]] WallTime Now() const override;
  [[nodiscard]] MonoTime Mono() const override;

 private:
  Database& database_;
  std::atomic<int64_t> offset_micros_{0};  // From the monotonic clock to the server's wall clock.
  PeriodicTask task_{"clock", kClockInterval, [this] { static_cast<void>(Ask()); }};
};

}  // namespace matinee::sql
