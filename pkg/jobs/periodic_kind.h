// A kind with one job that runs again and again, once over all processes: its row says when the
// next run is due. Retention and feeds are such jobs.
//
// A run that fails is retried like any job; after the last retry the next run is that of the next
// period. A cancelled job stays so until it is retried by hand (`matinee jobs retry`).
//
// Thread safety: as JobKind.
#pragma once

#include <chrono>
#include <string>

#include "jobs/job_kind.h"

namespace matinee::jobs {

class PeriodicKind final : public JobKind {
 public:
  // `name` is the kind, the id of its row and the topic of its events: lower-case letters, digits,
  // '_'. All must outlive it.
  PeriodicKind(sql::Database& database, const Clock& clock, const std::string& name,
               std::chrono::milliseconds period, std::string queue);

  [[nodiscard]] std::string QueueOf(const sql::Row& /*row*/) const override { return queue_; }
  [[nodiscard]] std::optional<std::chrono::milliseconds> Period() const override { return period_; }
  // Adds the row in the first round of a term, and schedules the next run after the last crash.
  Status Reconcile(const Round& round) override;

 private:
  sql::Database& database_;
  const Clock& clock_;
  const std::chrono::milliseconds period_;
  const std::string queue_;
};

}  // namespace matinee::jobs
