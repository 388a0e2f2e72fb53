// A kind of job, as every process of Matinee knows it: its rows, the job that wakes a worker for a
// row, and what the leader does for it. A Handler runs its jobs in the workers.
//
// A package adds a kind with a class derived from JobKind, a class derived from Handler, and a
// table that CREATE_JOB_TABLE makes; `cmd/` registers each in one line.
//
// Thread safety: all methods may be called from any thread.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/result.h"
#include "coord/event_bus.h"
#include "coord/job_queue.h"
#include "coord/term.h"
#include "jobs/job_table.h"

namespace matinee::jobs {

// A round of the reconciler.
struct Round {
  coord::Term term = coord::kNoTerm;
  bool is_first = false;  // Of this term: what earlier leaders knew is gone.
};

class JobKind {
 public:
  // All must outlive it.
  JobKind(sql::Database& database, const Clock& clock, JobTableSpec spec)
      : own_table_(std::make_unique<JobTable>(database, clock, std::move(spec))),
        table_(*own_table_) {}
  explicit JobKind(JobTable& table) : table_(table) {}
  virtual ~JobKind() = default;
  JobKind(const JobKind&) = delete;
  JobKind& operator=(const JobKind&) = delete;

  // The kind of its jobs. Also the topic of its events, whose payload is the id of a row.
  [[nodiscard]] const std::string& name() const { return table_.spec().kind; }
  JobTable& table() { return table_; }

  // The queue of a job.
  [[nodiscard]] virtual std::string QueueOf(const sql::Row& row) const = 0;
  // The key that at most one live job may have.
  [[nodiscard]] virtual std::string KeyOf(const std::string& id) const { return name() + ":" + id; }

  // Periodic jobs run again after this time, also when they fail.
  [[nodiscard]] virtual std::optional<std::chrono::milliseconds> Period() const { return {}; }

  // Removes what the attempts up to that of `row` have left outside the database, such as files,
  // except what a complete row refers to. Called after an attempt that failed or crashed.
  virtual void CleanUp(const sql::Row& /*row*/) {}

  // Repairs what is special to this kind. The reconciler calls it on the leader, about once a
  // second, after it has enqueued the due jobs.
  virtual Status Reconcile(const Round& /*round*/) { return {}; }
  // Called when this process stops being the leader.
  virtual void OnLeadershipLost() {}

  // Removes an ended job and all that belongs to it. Fails with kNotFound or kConflict.
  virtual Status Discard(const std::string& id) { return table_.Discard(id); }

  // Returns the job that wakes a worker for this row.
  [[nodiscard]] coord::Job JobOf(const sql::Row& row) const;
  void PublishChanged(coord::EventBus& events, const std::string& id) const {
    events.Publish({name(), id});
  }

 private:
  const std::unique_ptr<JobTable> own_table_;  // Or null: it belongs to the package's store.
  JobTable& table_;
};

// The kinds of a program.
class JobKinds {
 public:
  // Adds a kind; no other may have its name.
  template <typename Kind>
  Kind& Add(std::unique_ptr<Kind> kind) {
    MATINEE_CHECK(Find(kind->name()) == nullptr, "two kinds of job have one name");
    Kind& added = *kind;
    kinds_.push_back(std::move(kind));
    return added;
  }
  [[nodiscard]] JobKind* Find(std::string_view name) const;  // Null if there is none.
  [[nodiscard]] const std::vector<std::unique_ptr<JobKind>>& all() const { return kinds_; }

 private:
  std::vector<std::unique_ptr<JobKind>> kinds_;
};

}  // namespace matinee::jobs
