// Looks after what a crash, a full queue or a full disk left half done, every second or so:
// unfinished captures without a live job get one, deleted ones lose their files, files of attempts
// that died go. The row is the truth; this is what makes it come true. What has a live job is left
// alone.
//
// Any number of processes may have a sweeper; only the leader's sweeps. It also counts: the
// captures of each phase (matinee_captures{phase}; 0 where it does not sweep) and its own rounds
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

// What the sweeper works with; all of it outlives the sweeper.
struct ReconcilerDeps {
  Store& store;
  FileStore& files;
  coord::JobQueue& queue;
  coord::EventBus& events;
  // The epoch of this process while it is the leader.
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

  // One round; nothing if this process is not the leader. The first round of a term also takes up
  // clips that lack their poster, and now and then one takes up those that were made of late. For
  // tests, and for a program that is alone: before its workers start.
  Status ReconcileOnce();

 private:
  void Run();
  Status Reconcile(coord::Term term);
  Status CountCaptures();
  void ShowCounts(const std::map<Phase, int64_t>& counts);
  Status RequeueOrphans(coord::Term term);
  Status EnqueueDue(coord::Term term);
  Status EnqueuePosters(coord::Term term);
  Status RemoveDeleted(coord::Term term);
  Status RemoveTemporary();

  ReconcilerDeps deps_;
  coord::Term posters_of_ = coord::kNoTerm;  // The term in which posters were looked for,
  MonoTime next_posters_;                    // and when to do so again.
  int rounds_ = 0;                           // Of this term.
  std::map<Phase, Gauge*> captures_;
  Counter& swept_;
  Counter& failed_;
  bool failing_ = false;  // Only Run uses it.
  PeriodicTask task_;     // Last: it uses everything above.
};

}  // namespace matinee::capture
