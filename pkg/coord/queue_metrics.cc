#include "coord/queue_metrics.h"

#include <chrono>

namespace matinee::coord {
namespace {

void Export(Metrics& metrics, JobQueue& queue) {
  const auto states = queue.State();
  if (!states) return;
  for (size_t i = 0; i < queue.queues().size(); ++i) {
    const QueueState& state = states->at(i);
    const Labels labels = {{"queue", queue.queues().at(i).name}};
    metrics.GetGauge("matinee_queue_lag", "Jobs that are queued.", labels)
        .Set(static_cast<double>(state.queued));
    metrics.GetGauge("matinee_queue_pending", "Jobs that are in flight.", labels)
        .Set(static_cast<double>(state.in_flight));
    metrics
        .GetGauge("matinee_queue_oldest_age_seconds", "Age of the oldest job that is queued.",
                  labels)
        .Set(std::chrono::duration<double>(state.oldest_age).count());
  }
}

}  // namespace

void ExportQueues(Metrics& metrics, JobQueue& queue) {
  metrics.OnScrape([&metrics, &queue] { Export(metrics, queue); });
}

}  // namespace matinee::coord
