// Measures a connection pool, with the label `pool`:
// matinee_pool_connections{state="used|idle|max"}, matinee_pool_wait_seconds,
// matinee_pool_timeouts_total. Internal to this package.
//
// Thread safety: all methods may be called from any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "base/clock.h"

namespace matinee {
class Counter;
class Gauge;
class Histogram;
class Metrics;
}  // namespace matinee

namespace matinee::sql {

class PoolMetrics {
 public:
  // `pool` is its name among all pools. `metrics` may be null: then nothing is measured.
  PoolMetrics(const std::string& pool, size_t size, const Clock& clock, Metrics* metrics);

  // The numbers of connections that are lent, and that are idle.
  void SetConnections(size_t used, size_t idle);

  [[nodiscard]] MonoTime Now() const { return clock_.Mono(); }
  // A caller that has waited since `begin` got a connection, or reached the timeout.
  void Waited(MonoTime begin);
  void TimedOut(MonoTime begin);

 private:
  const Clock& clock_;
  Gauge* used_ = nullptr;
  Gauge* idle_ = nullptr;
  Histogram* wait_seconds_ = nullptr;
  Counter* timeouts_ = nullptr;
};

}  // namespace matinee::sql
