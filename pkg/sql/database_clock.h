// The clock of the database server, for processes on several machines that must agree on the time:
// none of them trusts its own calendar. The monotonic clock is this machine's.
//
// Asked every kClockInterval and carried on by the monotonic clock in between, so that a jump of
// this machine's calendar changes nothing.
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

  // Asks the database; fails as it does. Until the first success the time is 1970.
  Status Ask();
  // Asks again every kClockInterval until Stop(). Between failures the last answer holds.
  void Start() { task_.Start(kClockInterval); }
  void Stop() { task_.Stop(); }

  [[nodiscard]] WallTime Now() const override;
  [[nodiscard]] MonoTime Mono() const override;

 private:
  Database& database_;
  std::atomic<int64_t> offset_micros_{0};  // From the monotonic clock to the server's calendar.
  PeriodicTask task_{"clock", kClockInterval, [this] { static_cast<void>(Ask()); }};
};

}  // namespace matinee::sql
