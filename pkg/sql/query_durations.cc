#include "sql/query_durations.h"

#include <vector>

#include "telemetry/metrics.h"

namespace matinee::sql {
namespace {

// OpenTelemetry's semantic conventions for db.client.operation.duration.
const std::vector<double>& OperationSeconds() {
  static const std::vector<double> bounds = {0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10};
  return bounds;
}

}  // namespace

Span QueryDurations::StartSpan(std::string_view name) const {
  SpanOptions options;
  options.kind = SpanKind::kClient;
  options.only_as_child = true;
  Span span(name, options);
  span.Set("db.system.name", system_);
  span.Set("db.operation.name", name);
  return span;
}

void QueryDurations::Observe(std::string_view name, MonoTime::duration duration) {
  Histogram* histogram = nullptr;
  {
    const std::lock_guard lock(mutex_);
    auto known = histograms_.find(name);
    if (known == histograms_.end()) {
      known =
          histograms_
              .emplace(name,
                       &metrics_->GetHistogram(
                           "db_client_operation_duration_seconds",
                           "How long queries take, by the query's name.", OperationSeconds(),
                           {{"db_system_name", system_}, {"db_operation_name", std::string(name)}}))
              .first;
    }
    histogram = known->second;
  }
  histogram->Observe(std::chrono::duration<double>(duration).count());
}

}  // namespace matinee::sql
