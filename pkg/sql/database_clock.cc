#include "sql/database_clock.h"

namespace matinee::sql {
namespace {

// An answer that took longer says too little about when it was true.
constexpr std::chrono::seconds kAnswerMax{1};

constexpr Query kNow{"clock_now",
                     "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)"};

int64_t SinceStart(MonoTime time) {
  return std::chrono::duration_cast<Micros>(time.time_since_epoch()).count();
}

}  // namespace

Status DatabaseClock::Ask() {
  const MonoTime asked = Mono();
  TRY_ASSIGN(const Rows rows, database_.Run(kNow, {}));
  const MonoTime answered = Mono();
  if (answered - asked > kAnswerMax && offset_micros_ != 0) return {};  // The next one, then.
  // The server looked at its clock somewhere in between.
  const int64_t middle = (SinceStart(asked) + SinceStart(answered)) / 2;
  offset_micros_ = rows.at(0).Int(0) - middle;
  return {};
}

WallTime DatabaseClock::Now() const {
  return WallTime(Micros(SinceStart(Mono()) + offset_micros_));
}

MonoTime DatabaseClock::Mono() const {
  return std::chrono::steady_clock::now();
}

}  // namespace matinee::sql
