// Metrics of the queue of an executor: matinee_executor_queue_length and
// matinee_executor_rejected_total, both with the label `executor`.
#pragma once

#include <memory>
#include <string>

#include "base/executor.h"
#include "telemetry/metrics.h"

namespace matinee {

// Reads `stats` at each scrape; the executor may be destroyed before.
void ExportExecutor(Metrics& metrics, const std::string& name,
                    std::shared_ptr<const ExecutorStats> stats);

}  // namespace matinee
