// The schemas and queues of this program.
#pragma once

#include "capture/capture_schema.h"
#include "capture/queues.h"
#include "coord/queue_table.h"
#include "jobs/jobs_schema.h"
#include "runtime/program.h"
#include "sql/schema.h"

namespace matinee {

inline sql::SchemaRegistry Schemas() {
  return {jobs::JobsSchema(), capture::CaptureSchema()};
}

// The first has the highest priority. One slot of each worker is reserved for screenshots, so that
// they never wait behind clips.
inline coord::QueueTable Queues() {
  return {{.name = capture::kScreenshotQueue, .reserved_slots = 1},
          {.name = capture::kClipQueue},
          {.name = capture::kBackgroundQueue}};
}

inline Program MatineeProgram() {
  return {Schemas(), Queues()};
}

}  // namespace matinee
