// The rows of one kind of job. Each change of phase is one guarded statement, so that of two
// writers of the same row only one succeeds. The statements are the same for every kind; a kind
// adds its own columns, which they return and which Complete writes.
//
// Thread safety: all methods may be called from any thread; each is one statement.
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "coord/term.h"
#include "jobs/job_state.h"
#include "sql/database.h"

// Guards the writes of a leader: they change nothing once a later term has begun.
#define OF_THIS_TERM(term) \
  " AND EXISTS (SELECT 1 FROM leadership WHERE epoch = CAST(" term " AS BIGINT))"

namespace matinee::jobs {

using Values = std::vector<sql::Value>;

// Texts of SQL; they come from the program, never from input.
struct JobTableSpec {
  std::string kind;   // Names the queries: "<kind>_claim".
  std::string table;  // See CREATE_JOB_TABLE.
  // The kind's own columns, separated by ", "; may be empty. They follow JOB_STATE_COLUMNS.
  std::string columns = {};
  // Own assignments of Complete, such as "width = $4, height = $5"; $4 is the first own value.
  std::string complete = {};
  // Own assignments of Retry.
  std::string retry = {};
  // The order in which due jobs are enqueued.
  std::string order = "created_at, id";
  // A condition that selects the rows of this kind, if the table has those of several.
  std::string only = {};
};

class JobTable {
 public:
  // `database` and `clock` must outlive it.
  JobTable(sql::Database& database, const Clock& clock, JobTableSpec spec);

  [[nodiscard]] const JobTableSpec& spec() const { return spec_; }

  // Reads the state of a row that a method below returned.
  [[nodiscard]] Result<JobState> StateOf(const sql::Row& row) const {
    return JobStateFromRow(row, spec_.table);
  }

  // Inserts a queued job with its own columns; it runs at `due_at` at the earliest. Returns nothing
  // if the id exists.
  Result<std::optional<sql::Row>> Insert(const std::string& id, const Values& own,
                                         std::optional<WallTime> due_at = std::nullopt,
                                         const std::string& traceparent = "");

  // Returns the row, also a deleting one.
  Result<std::optional<sql::Row>> Find(const std::string& id);

  // Claims a queued job that is due, or a retrying one: running, with a new attempt number. With
  // `take_over`, also a running one, whose worker has crashed. Returns nothing if it cannot be
  // claimed, or has a negative count.
  Result<std::optional<sql::Row>> Claim(const std::string& id, bool take_over = false);

  // The following change only a job that is running at this attempt; they return false if it is
  // not: it was cancelled, deleted or taken over.
  Result<bool> SetProgress(const std::string& id, int attempt, double progress);
  Result<bool> Complete(const std::string& id, int attempt, const Values& own);
  Result<bool> MarkFailed(const std::string& id, int attempt, const Error& error);
  Result<bool> MarkRetrying(const std::string& id, int attempt, const Error& error,
                            std::chrono::milliseconds delay);
  // Requeues it; this attempt does not count as a try.
  Result<bool> Requeue(const std::string& id, int attempt);
  // Queues the next run of a periodic job, with all counts but `attempt` at 0.
  Result<bool> Reschedule(const std::string& id, int attempt, std::chrono::milliseconds delay,
                          const std::optional<Error>& error);

  // Requeues a running job that has no worker, or fails it after kCrashesMax; counts a crash.
  // Returns the new row, or nothing if it is not running at this attempt or another process leads.
  Result<std::optional<sql::Row>> RequeueOrphan(const std::string& id, int attempt,
                                                const Error& error, coord::Term term);

  // Cancels an unfinished job; a cancelled one stays so. Fails with kNotFound, or kConflict if it
  // is complete or failed.
  Result<sql::Row> Cancel(const std::string& id);
  // Requeues a failed or cancelled job, due now, with all counts but `attempt` at 0. Fails with
  // kNotFound or kConflict.
  Result<sql::Row> Retry(const std::string& id);
  // Deletes the row of a complete, failed or cancelled job. Fails with kNotFound or kConflict.
  Status Discard(const std::string& id);

  // Lists jobs that need to be enqueued: queued or retrying, and due. If the clock was set back
  // since its time was set, a job is due at once.
  Result<sql::Rows> ListDue(int64_t limit);
  // Lists running jobs, also those whose process has ended.
  Result<sql::Rows> ListRunning(int64_t limit);
  // Lists jobs of this phase, or of all but deleting; the newest first.
  Result<sql::Rows> List(std::optional<Phase> phase, int64_t limit);
  // Counts the jobs of each phase; a phase without any may be missing.
  Result<std::map<Phase, int64_t>> CountByPhase();

 private:
  struct Statement {
    std::string name;
    std::string text;
    [[nodiscard]] sql::Query query() const { return {name, text}; }
  };
  [[nodiscard]] Statement Make(const char* name, const std::string& text) const;
  [[nodiscard]] int64_t Now() const;
  Result<bool> Changes(const Statement& statement, const Values& values);
  Result<std::optional<sql::Row>> ChangedRow(const Statement& statement, const Values& values);
  Result<sql::Row> FindVisible(const std::string& id);
  Result<sql::Row> ChangeByUser(const Statement& statement, const std::string& id, const char* only,
                                const char* verb);

  sql::Database& database_;
  const Clock& clock_;
  const JobTableSpec spec_;
  const Statement insert_, find_, claim_, set_progress_, complete_, mark_failed_, mark_retrying_,
      requeue_, reschedule_, requeue_orphan_, cancel_, retry_, discard_, list_due_, list_running_,
      list_, count_;
};

}  // namespace matinee::jobs
