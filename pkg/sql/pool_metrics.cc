#include "sql/pool_metrics.h"

#include <vector>

#include "telemetry/metrics.h"

namespace matinee::sql {
namespace {

// From a free connection (microseconds) to kConnectionWait.
const std::vector<double>& WaitSeconds() {
  static const std::vector<double> bounds = {0.0001, 0.001, 0.01, 0.1, 0.5, 1, 5, 10};
  return bounds;
}

Gauge& Connections(Metrics& metrics, const std::string& pool, const std::string& state) {
  return metrics.GetGauge("matinee_pool_connections",
                          "Connections to the database: lent, ready, and at most.",
                          {{"pool", pool}, {"state", state}});
}

}  // namespace

PoolMetrics::PoolMetrics(const std::string& pool, size_t size, const Clock& clock, Metrics* metrics)
    : clock_(clock) {
  if (metrics == nullptr) return;
  Connections(*metrics, pool, "max").Set(static_cast<double>(size));
  used_ = &Connections(*metrics, pool, "used");
  idle_ = &Connections(*metrics, pool, "idle");
  wait_seconds_ = &metrics->GetHistogram("matinee_pool_wait_seconds",
                                         "How long callers waited for a connection to be free.",
                                         WaitSeconds(), {{"pool", pool}});
  timeouts_ =
      &metrics->GetCounter("matinee_pool_timeouts_total",
                           "Callers that timed out waiting for a connection.", {{"pool", pool}});
}

void PoolMetrics::SetConnections(size_t used, size_t idle) {
  if (used_ == nullptr) return;
  used_->Set(static_cast<double>(used));
  idle_->Set(static_cast<double>(idle));
}

void PoolMetrics::Waited(MonoTime begin) {
  if (wait_seconds_ == nullptr) return;
  wait_seconds_->Observe(std::chrono::duration<double>(Now() - begin).count());
}

void PoolMetrics::TimedOut(MonoTime begin) {
  Waited(begin);
  if (timeouts_ != nullptr) timeouts_->Add();
}

}  // namespace matinee::sql
