// Measures how long the queries of each name take:
// db_client_operation_duration_seconds{db_system_name,db_operation_name}, as OpenTelemetry's
// semantic conventions name it, and matinee_sql_errors_total{operation}. A query that is part of a
// trace is a CLIENT span of the query's name; its values are in none of them. Internal to this
// package.
//
// Thread safety: all methods may be called from any thread.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "telemetry/trace.h"

namespace matinee {
class Counter;
class Histogram;
class Metrics;
}  // namespace matinee

namespace matinee::sql {

class QueryMetrics {
 public:
  // `system`: "sqlite", "postgresql". `metrics` may be null: then there are only spans.
  QueryMetrics(std::string system, const Clock& clock, Metrics* metrics)
      : system_(std::move(system)), clock_(clock), metrics_(metrics) {}

  // Returns what `operation` returns, a Result of any type.
  template <typename Operation>
  auto Measure(std::string_view name, Operation operation) {
    Span span = StartSpan(name);
    const MonoTime begin = clock_.Mono();
    auto result = operation();
    if (!result) span.SetError(result.error());
    if (metrics_ != nullptr) {
      // A row that a rule of its table refuses is an answer.
      const bool failed = !result && result.error().code != Code::kConflict;
      Observe(name, clock_.Mono() - begin, failed);
    }
    return result;
  }

 private:
  [[nodiscard]] Span StartSpan(std::string_view name) const;
  void Observe(std::string_view name, MonoTime::duration duration, bool failed);

  struct Instruments {
    Histogram* duration = nullptr;
    Counter* errors = nullptr;
  };
  Instruments InstrumentsOf(std::string_view name);

  const std::string system_;
  const Clock& clock_;
  Metrics* const metrics_;
  std::mutex mutex_;
  std::map<std::string, Instruments, std::less<>> instruments_;
};

}  // namespace matinee::sql
