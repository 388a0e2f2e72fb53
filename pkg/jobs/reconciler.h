// The reconciler repairs, about once a second, what a crash or a full queue left behind: it
// enqueues unfinished jobs that have no live job in the queue, and has each kind repair what is
// special to it. The row is the desired state. Jobs that are live are not touched.
//
// Any number of processes may have a reconciler; only the leader's does anything. Metric: the
// rounds (matinee_reconciles_total{outcome}).
//
// Thread safety: Start and Stop from one thread.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>

#include "base/periodic_task.h"
#include "base/result.h"
#include "coord/event_bus.h"
#include "coord/job_queue.h"
#include "coord/term.h"
#include "jobs/job_kind.h"
#include "telemetry/metrics.h"

namespace matinee::jobs {

// All of it must outlive the reconciler.
struct ReconcilerDeps {
  const JobKinds& kinds;
  coord::JobQueue& queue;
  coord::EventBus& events;
  // Returns the term of this process while it is the leader.
  std::function<std::optional<coord::Term>()> term;
  Metrics& metrics;
};

class Reconciler {
 public:
  explicit Reconciler(ReconcilerDeps deps);
  ~Reconciler();
  Reconciler(const Reconciler&) = delete;
  Reconciler& operator=(const Reconciler&) = delete;

  void Start();
  void Stop();

  // Runs one round; does nothing if this process is not the leader. For tests, and for a single
  // process before its workers start.
  Status ReconcileOnce();

 private:
  void Run();
  Status Reconcile(const Round& round);
  Status ReconcileKind(JobKind& kind, const Round& round);
  Status RequeueOrphans(JobKind& kind, coord::Term term);
  Status RequeueOrphan(JobKind& kind, const JobState& state, coord::Term term);
  Status EnqueueDue(JobKind& kind, coord::Term term);
  // Reads the state; logs a corrupt row, which must not block the others, once.
  std::optional<JobState> ReadState(JobKind& kind, const sql::Row& row);

  ReconcilerDeps deps_;
  coord::Term term_ = coord::kNoTerm;  // Of the last round as the leader.
  std::set<std::string> corrupt_;      // Ids of corrupt rows that are logged.
  Counter& succeeded_;
  Counter& failed_;
  bool failing_ = false;  // Only Run uses it.
  PeriodicTask task_;     // Last: it uses everything above.
};

}  // namespace matinee::jobs
