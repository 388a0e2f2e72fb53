#include "telemetry/executor_metrics.h"

#include <mutex>
#include <utility>

namespace matinee {
namespace {

class Exporter {
 public:
  Exporter(Metrics& metrics, const std::string& name, std::shared_ptr<const ExecutorStats> stats)
      : stats_(std::move(stats)),
        queue_length_(metrics.GetGauge("matinee_executor_queue_length",
                                       "Tasks that wait for a thread.", {{"executor", name}})),
        rejected_(metrics.GetCounter("matinee_executor_rejected_total",
                                     "Tasks that were refused because the queue was full.",
                                     {{"executor", name}})) {}

  void Export() {
    const std::lock_guard lock(mutex_);
    queue_length_.Set(static_cast<double>(stats_->queue_length));
    const uint64_t rejected = stats_->rejected;
    rejected_.Add(static_cast<double>(rejected - last_rejected_));
    last_rejected_ = rejected;
  }

 private:
  const std::shared_ptr<const ExecutorStats> stats_;
  Gauge& queue_length_;
  Counter& rejected_;
  std::mutex mutex_;
  uint64_t last_rejected_ = 0;
};

}  // namespace

void ExportExecutor(Metrics& metrics, const std::string& name,
                    std::shared_ptr<const ExecutorStats> stats) {
  metrics.OnScrape([exporter = std::make_shared<Exporter>(metrics, name, std::move(stats))] {
    exporter->Export();
  });
}

}  // namespace matinee
