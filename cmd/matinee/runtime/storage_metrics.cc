#include "runtime/storage_metrics.h"

namespace matinee {

void ExportFreeBytes(Metrics& metrics, const storage::FileStore& files, int64_t min_free_bytes) {
  metrics
      .GetGauge("matinee_captures_min_free_bytes",
                "Captures are refused while less than this is free.")
      .Set(static_cast<double>(min_free_bytes));
  Gauge& gauge = metrics.GetGauge("matinee_captures_free_bytes",
                                  "Bytes that are free where captures are kept.");
  metrics.OnScrape([&gauge, &files] {
    // A folder that cannot be read counts as full.
    gauge.Set(static_cast<double>(files.FreeBytes().value_or(0)));
  });
}

}  // namespace matinee
