#include "sql/query_metrics.h"

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

Span QueryMetrics::StartSpan(std::string_view name) const {
  SpanOptions options;
  options.kind = SpanKind::kClient;
  options.only_as_child = true;
  Span span(name, options);
  span.Set("db.system.name", system_);
  span.Set("db.operation.name", name);
  return span;
}

QueryMetrics::Instruments QueryMetrics::InstrumentsOf(std::string_view name) {
  const std::lock_guard lock(mutex_);
  const auto known = instruments_.find(name);
  if (known != instruments_.end()) return known->second;
  const std::string operation(name);
  Instruments instruments;
  instruments.duration = &metrics_->GetHistogram(
      "db_client_operation_duration_seconds", "How long queries take, by the query's name.",
      OperationSeconds(), {{"db_system_name", system_}, {"db_operation_name", operation}});
  instruments.errors = &metrics_->GetCounter("matinee_sql_errors_total", "Queries that failed.",
                                             {{"operation", operation}});
  instruments_.emplace(operation, instruments);
  return instruments;
}

void QueryMetrics::Observe(std::string_view name, MonoTime::duration duration, bool failed) {
  const Instruments instruments = InstrumentsOf(name);
  instruments.duration->Observe(std::chrono::duration<double>(duration).count());
  if (failed) instruments.errors->Add();
}

}  // namespace matinee::sql
