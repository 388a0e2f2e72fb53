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
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

#include "base/clock.h"
#include "base/result.h"
#include "sql/database.h"

namespace matinee::sql {

constexpr std::chrono::seconds kClockInterval{30};

class DatabaseClock final : public Clock {
 public:
  // `database` is PostgreSQL's, and outlives the clock.
  explicit DatabaseClock(Database& database) : database_(database) {}
  ~DatabaseClock() override { Stop(); }
  DatabaseClock(const DatabaseClock&) = delete;
  DatabaseClock& operator=(const DatabaseClock&) = delete;

  // Asks the database; fails as it does. Until the first success the time is 1970.
  Status Ask();
  // Asks again now and then, until Stop.
  void Start();
  void Stop();

  [[nodiscard]] WallTime Now() const override;
  [[nodiscard]] MonoTime Mono() const override;

 private:
  void Run();

  Database& database_;
  std::atomic<int64_t> offset_micros_{0};  // From the monotonic clock to the server's calendar.
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace matinee::sql
