// Measures how long the queries of each name take:
// db_client_operation_duration_seconds{db_system_name,db_operation_name}, as OpenTelemetry's
// semantic conventions name it. Internal to this package.
//
// Thread safety: all methods may be called from any thread.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace matinee {
class Histogram;
class Metrics;
}  // namespace matinee

namespace matinee::sql {

class QueryDurations {
 public:
  // `system`: "sqlite", "postgresql". `metrics` may be null: then nothing is measured.
  QueryDurations(std::string system, const Clock& clock, Metrics* metrics)
      : system_(std::move(system)), clock_(clock), metrics_(metrics) {}

  template <typename Operation>
  auto Measure(std::string_view name, Operation operation) {
    const MonoTime begin = clock_.Mono();
    auto result = operation();
    if (metrics_ != nullptr) Observe(name, clock_.Mono() - begin);
    return result;
  }

 private:
  void Observe(std::string_view name, MonoTime::duration duration);

  const std::string system_;
  const Clock& clock_;
  Metrics* const metrics_;
  std::mutex mutex_;
  std::map<std::string, Histogram*, std::less<>> histograms_;
};

}  // namespace matinee::sql
