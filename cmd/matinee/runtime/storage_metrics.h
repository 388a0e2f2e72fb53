// Metrics of the folder of captures.
#pragma once

#include <cstdint>

#include "storage/file_store.h"
#include "telemetry/metrics.h"

namespace matinee {

// matinee_captures_free_bytes, looked up at each scrape, and matinee_captures_min_free_bytes. The
// metrics and the files outlive the last scrape.
void ExportFreeBytes(Metrics& metrics, const storage::FileStore& files, int64_t min_free_bytes);

}  // namespace matinee
