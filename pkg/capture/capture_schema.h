// The schema of captures: the tables `captures` and `leadership`.
#pragma once

#include "sql/schema.h"

namespace matinee::capture {

// Steps are never changed once released; a new one is added. A copy to another database queues a
// capture that was running, and keeps one that was being deleted so, for its files to be deleted
// too. `leadership` is not copied: each database counts its own terms.
const sql::Schema& CaptureSchema();

}  // namespace matinee::capture
