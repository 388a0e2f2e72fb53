// The kinds of jobs of this program.
#pragma once

#include "base/clock.h"
#include "capture/capture_kind.h"
#include "capture/poster_kind.h"
#include "capture/store.h"
#include "coord/job_queue.h"
#include "jobs/job_kind.h"
#include "sql/database.h"
#include "storage/file_store.h"
#include "telemetry/metrics.h"

namespace matinee {

// All of it must outlive the kinds.
struct JobKindDeps {
  sql::Database& database;
  const Clock& clock;
  capture::Store& store;
  storage::FileStore& files;
  coord::JobQueue& queue;
  Metrics& metrics;
};

struct JobKinds {
  explicit JobKinds(const JobKindDeps& deps)
      : capture(all.Add(std::make_unique<capture::CaptureKind>(deps.store, deps.files, deps.queue,
                                                               deps.metrics))),
        poster(all.Add(std::make_unique<capture::PosterKind>(deps.store, deps.files, deps.queue,
                                                             deps.database, deps.clock))) {}

  jobs::JobKinds all;
  capture::CaptureKind& capture;
  capture::PosterKind& poster;
};

}  // namespace matinee
