// Metrics that belong to no package.
#pragma once

#include "capture/file_store.h"
#include "telemetry/metrics.h"

namespace matinee {

// matinee_captures_free_bytes, looked up at each scrape. Both outlive the last one.
void ExportFreeBytes(Metrics& metrics, const capture::FileStore& files);

}  // namespace matinee
