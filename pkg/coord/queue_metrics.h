// Metrics of the queues: matinee_queue_lag, matinee_queue_pending and
// matinee_queue_oldest_age_seconds, by queue.
#pragma once

#include "coord/job_queue.h"
#include "telemetry/metrics.h"

namespace matinee::coord {

// Looks the queues up at each scrape. All processes see the same ones; so each that exports them
// has the same values, and a query takes the maximum. `queue` outlives the last scrape.
void ExportQueues(Metrics& metrics, JobQueue& queue);

}  // namespace matinee::coord
