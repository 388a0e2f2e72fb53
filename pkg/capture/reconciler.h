// The reconciler repairs, about once a second, what a crash, a full queue or a full disk left
// behind: it enqueues unfinished captures that have no live job, and removes the files of deleted
// captures and of crashed attempts. The row is the desired state. Captures with a live job are not
// touched.
//
// Any number of processes may have a reconciler; only the leader's does anything. Metrics: the
// captures of each phase (matinee_captures{phase}; 0 on other processes) and the rounds
// (matinee_reconciles_total{outcome}).
//
// Thread safety: Start and Stop from one thread.
#pragma once

#include <functional>
#include <map>
#include <optional>

#include "base/clock.h"
#include "base/periodic_task.h"
#include "base/result.h"
#include "capture/file_store.h"
#include "capture/store.h"
#include "coord/event_bus.h"
#include "coord/job_queue.h"
#include "coord/term.h"
#include "telemetry/metrics.h"

namespace matinee::capture {

// All of it must outlive the reconciler.
struct ReconcilerDeps {
  Store& store;
  FileStore& files;
  coord::JobQueue& queue;
  coord::EventBus& events;
  // Returns the term of this process while it is the leader.
  std::function<std::optional<coord::Term>()> term;
  const Clock& clock;
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

  // Runs one round; does nothing if this process is not the leader. The first round of a term also
  // enqueues all clips that lack their poster; later ones, every ten minutes, those completed in
  // the last hour. For tests, and for a single process before its workers start.
  Status ReconcileOnce();

 private:
  void Run();
  Status Reconcile(coord::Term term);
  Status CountCaptures();
  void SetCounts(const std::map<Phase, int64_t>& counts);
  Status RequeueOrphans(coord::Term term);
  Status EnqueueDue(coord::Term term);
  Status EnqueuePosters(coord::Term term);
  Status RemoveDeleted(coord::Term term);
  Status RemoveTemporary();

  ReconcilerDeps deps_;
  coord::Term posters_term_ = coord::kNoTerm;  // The term that has enqueued all missing posters.
  MonoTime next_posters_;                      // When to look for missing posters again.
  int rounds_ = 0;                             // Of this term.
  std::map<Phase, Gauge*> captures_;
  Counter& succeeded_;
  Counter& failed_;
  bool failing_ = false;  // Only Run uses it.
  PeriodicTask task_;     // Last: it uses everything above.
};

}  // namespace matinee::capture
