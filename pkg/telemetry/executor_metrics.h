// An executor's queue as metrics: matinee_executor_queue_length and
// matinee_executor_rejected_total, both with the label `executor`.
#pragma once

#include <memory>
#include <string>

#include "base/executor.h"
#include "telemetry/metrics.h"

namespace matinee {

// Read at each scrape; the executor may be gone by then.
void ExportExecutor(Metrics& metrics, const std::string& name,
                    std::shared_ptr<const ExecutorStats> stats);

}  // namespace matinee
