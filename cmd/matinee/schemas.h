// The schemas and queues of this program.
#pragma once

#include "capture/capture_schema.h"
#include "capture/queues.h"
#include "coord/queue_table.h"
#include "jobs/jobs_schema.h"
#include "runtime/identity.h"
#include "runtime/program.h"
#include "sql/schema.h"

namespace matinee {

inline sql::SchemaRegistry Schemas() {
  return {jobs::JobsSchema(), capture::CaptureSchema(), IdentitySchema()};
}

// The first has the highest priority. One slot of each worker is reserved for screenshots, so that
// they never wait behind clips. What one client has queued in bulk comes after what the others want
// now; its screenshots use the reserved slot while no other does.
inline coord::QueueTable Queues() {
  return {{.name = capture::kScreenshotQueue, .reserved_slots = 1},
          {.name = capture::kClipQueue},
          {.name = capture::kScreenshotBulkQueue, .uses_reserved_slots = true},
          {.name = capture::kClipBulkQueue},
          {.name = capture::kBackgroundQueue}};
}

inline Program MatineeProgram() {
  return {Schemas(), Queues()};
}

}  // namespace matinee
