// A handler runs the jobs of one kind in a worker.
//
// Thread safety: Run is called from several threads at once, for different jobs.
#pragma once

#include <chrono>
#include <functional>
#include <utility>

#include "base/result.h"
#include "jobs/job_kind.h"
#include "jobs/job_state.h"
#include "process/process_runner.h"
#include "sql/database.h"

namespace matinee::jobs {

using ProgressCallback = std::function<void(double progress)>;

// One attempt at a job: a claim of its row.
class Attempt {
 public:
  Attempt(sql::Row row, JobState state, const process::CancelFlag& cancel,
          ProgressCallback on_progress)
      : row_(std::move(row)),
        state_(std::move(state)),
        cancel_(cancel),
        on_progress_(std::move(on_progress)) {}

  // The row as it was claimed: JOB_STATE_COLUMNS and the kind's own.
  [[nodiscard]] const sql::Row& row() const { return row_; }
  [[nodiscard]] const JobState& state() const { return state_; }
  // Set when the job is cancelled, deleted or taken over, and when the worker stops.
  [[nodiscard]] const process::CancelFlag& cancel() const { return cancel_; }
  // Records the progress, 0 to 1; may be called as often as it is known.
  void SetProgress(double progress) const { on_progress_(progress); }
  [[nodiscard]] std::chrono::steady_clock::duration elapsed() const {
    return std::chrono::steady_clock::now() - started_;
  }

 private:
  const sql::Row row_;
  const JobState state_;
  const process::CancelFlag& cancel_;
  const ProgressCallback on_progress_;
  const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

// What an attempt that succeeded stores.
struct Completion {
  Values own = {};                       // Of JobTableSpec::complete, from $4 on.
  std::function<void()> on_stored = {};  // Called once it is stored; may be empty.
};

class Handler {
 public:
  virtual ~Handler() = default;

  virtual JobKind& kind() = 0;

  // Runs one attempt, or returns why it failed: the code decides whether it is retried
  // (RetryDelay). kCancelled ends it without a result. It may run more than once for one job, and
  // beside an attempt that was cut off; only the completion of the last attempt is stored.
  virtual Result<Completion> Run(const Attempt& attempt) = 0;
};

}  // namespace matinee::jobs
