#include "jobs/job_kind.h"

namespace matinee::jobs {

coord::Job JobKind::JobOf(const sql::Row& row) const {
  coord::Job job{.queue = QueueOf(row), .kind = name(), .subject = row.Text(0)};
  job.traceparent = row.Text(9);  // See JOB_STATE_COLUMNS.
  job.key = KeyOf(job.subject);
  return job;
}

JobKind* JobKinds::Find(std::string_view name) const {
  for (const auto& kind : kinds_) {
    if (kind->name() == name) return kind.get();
  }
  return nullptr;
}

}  // namespace matinee::jobs
