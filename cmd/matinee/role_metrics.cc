#include "role_metrics.h"

namespace matinee {

void ExportFreeBytes(Metrics& metrics, const capture::FileStore& files) {
  Gauge& gauge = metrics.GetGauge("matinee_captures_free_bytes",
                                  "Bytes that are free where captures are kept.");
  metrics.OnScrape([&gauge, &files] {
    // A folder that cannot be looked at has no room either.
    gauge.Set(static_cast<double>(files.FreeBytes().value_or(0)));
  });
}

}  // namespace matinee
