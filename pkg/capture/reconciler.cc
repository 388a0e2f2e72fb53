#include "capture/reconciler.h"

#include <chrono>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "capture/orphaned_files.h"
#include "capture/queues.h"
#include "telemetry/log.h"

namespace matinee::capture {
namespace {

constexpr const char* kLogger = "reconciler";
constexpr std::chrono::milliseconds kInterval{1000};
// Rows per round: all that can be unfinished, so that rows with a job never hide one without.
constexpr int64_t kBatch = kUnfinishedMax;
constexpr size_t kIdLength = 36;  // A UUID, with which the name of each temporary file begins.

const Error kInterrupted{Code::kInternal, "Matinee was interrupted while it was making this"};

// Rounds between two counts of the captures: frequent enough for dashboards; cheap beside the
// reconciler's other queries.
constexpr int kRoundsPerCount = 5;

// A missing poster is retried at this interval, for this long.
constexpr std::chrono::minutes kPosterInterval{10};
constexpr std::chrono::hours kPosterRetryTimeout{1};

Counter& Rounds(Metrics& metrics, const std::string& outcome) {
  return metrics.GetCounter("matinee_reconciles_total", "Rounds of the reconciler.",
                            {{"outcome", outcome}});
}

std::vector<std::string> IdsOf(const std::vector<Capture>& captures) {
  std::vector<std::string> ids;
  ids.reserve(captures.size());
  for (const Capture& capture : captures) ids.push_back(capture.id);
  return ids;
}

}  // namespace

Reconciler::Reconciler(ReconcilerDeps deps)
    : deps_(std::move(deps)),
      succeeded_(Rounds(deps_.metrics, "ok")),
      failed_(Rounds(deps_.metrics, "failed")),
      task_("reconciler", kInterval, [this] { Run(); }) {
  for (const Phase phase : kPhases) {
    captures_[phase] = &deps_.metrics.GetGauge("matinee_captures", "Captures, by their phase.",
                                               {{"phase", std::string(ToString(phase))}});
  }
}

Reconciler::~Reconciler() {
  Stop();
}

void Reconciler::Start() {
  task_.Start(kInterval);
}

void Reconciler::Stop() {
  task_.Stop();
}

void Reconciler::Run() {
  const Status reconciled = ReconcileOnce();
  if (!reconciled && !failing_) LogError(kLogger, "reconciling failed", reconciled.error());
  failing_ = !reconciled;
}

Status Reconciler::ReconcileOnce() {
  const auto term = deps_.term();
  if (!term) {
    if (rounds_ > 0) SetCounts({});  // The new leader counts now.
    rounds_ = 0;
    return {};
  }
  Status reconciled = Reconcile(*term);
  (reconciled ? succeeded_ : failed_).Add();
  return reconciled;
}

Status Reconciler::Reconcile(coord::Term term) {
  if (rounds_++ % kRoundsPerCount == 0) TRY(CountCaptures());
  TRY(RequeueOrphans(term));
  TRY(EnqueueDue(term));
  TRY(EnqueuePosters(term));
  Status deleted = RemoveDeleted(term);
  TRY(RemoveTemporary());  // Even if a file of a deleted capture cannot be removed.
  return deleted;
}

Status Reconciler::CountCaptures() {
  TRY_ASSIGN(const auto counts, deps_.store.CountByPhase());
  SetCounts(counts);
  return {};
}

void Reconciler::SetCounts(const std::map<Phase, int64_t>& counts) {
  for (const auto& [phase, gauge] : captures_) {
    const auto found = counts.find(phase);
    gauge->Set(found == counts.end() ? 0 : static_cast<double>(found->second));
  }
}

// Requeues running rows without a live job: the process ended, or the queue has lost its jobs. A
// job is live from before the claim of its row until after the end of the attempt is written. If
// that end was written since the list was read, the guarded update changes nothing.
Status Reconciler::RequeueOrphans(coord::Term term) {
  TRY_ASSIGN(const std::vector<Capture> captures, deps_.store.ListRunning(kBatch));
  TRY_ASSIGN(const std::set<std::string> live, deps_.queue.Live(IdsOf(captures)));
  for (const Capture& capture : captures) {
    if (live.contains(capture.id)) continue;
    const bool fails = capture.crashes >= kCrashesMax;
    TRY_ASSIGN(const auto now,
               deps_.store.RequeueOrphan(capture.id, capture.attempt,
                                         fails ? CrashesError() : kInterrupted, term));
    if (!now) continue;
    RemoveOrphanedFiles(deps_.files, *now);  // It may have published them before the crash.
    Log(Severity::kWarn, kLogger,
        fails ? "an interrupted capture has failed" : "an interrupted capture is requeued",
        {{"capture_id", capture.id}, {"attempt", capture.attempt}, {"crashes", now->crashes}});
    PublishCaptureChanged(deps_.events, capture.id);
  }
  return {};
}

// Enqueue does nothing for a job that is live already, so Live is not asked.
Status Reconciler::EnqueueDue(coord::Term term) {
  TRY_ASSIGN(const std::vector<Capture> due, deps_.store.ListDue(kBatch));
  for (const Capture& capture : due) {
    Status queued = deps_.queue.Enqueue(JobOf(capture), term);
    // A full queue must not block the others; the next round enqueues the rest.
    if (!queued && queued.error().code == Code::kConflict) return queued;
  }
  return {};
}

// Posters have the lowest priority; if the queue is full or unreachable, a later round enqueues
// them. All missing posters are enqueued once per term, and those of recent clips at an interval: a
// full or absent disk is transient, but a clip that yields no poster must not be retried for ever.
Status Reconciler::EnqueuePosters(coord::Term term) {
  const bool all = posters_term_ != term;
  if (!all && deps_.clock.Mono() < next_posters_) return {};
  const WallTime since = all ? WallTime() : deps_.clock.Now() - kPosterRetryTimeout;
  TRY_ASSIGN(const std::vector<Capture> clips, deps_.store.ListWithoutPoster(kBatch, since));
  for (const Capture& clip : clips) {
    if (!deps_.queue.Enqueue(JobOf(clip), term)) return {};
  }
  posters_term_ = term;
  next_posters_ = deps_.clock.Mono() + kPosterInterval;
  return {};
}

Status Reconciler::RemoveDeleted(coord::Term term) {
  TRY_ASSIGN(const std::vector<Capture> deleting, deps_.store.ListDeleting(kBatch));
  TRY_ASSIGN(const std::set<std::string> live, deps_.queue.Live(IdsOf(deleting)));
  Status all;  // A file that cannot be removed must not block the others.
  for (const Capture& capture : deleting) {
    if (live.contains(capture.id)) continue;
    Status removed = RemoveAll(deps_.files, capture);
    if (removed) removed = deps_.store.Purge(capture.id, term);
    if (!removed) all = std::move(removed);
  }
  return all;
}

// Removes temporary files without a live job. Files are listed before the queue is asked: a newer
// file has an older job. Only if the queue has lost its jobs can a file without one be in use: then
// its row is running, until the next round requeues it.
Status Reconciler::RemoveTemporary() {
  TRY_ASSIGN(const std::vector<std::string> names, deps_.files.TemporaryNames());
  if (names.empty()) return {};
  std::vector<std::string> ids;
  ids.reserve(names.size());
  for (const std::string& name : names) ids.push_back(name.substr(0, kIdLength));
  TRY_ASSIGN(const std::set<std::string> live, deps_.queue.Live(ids));
  for (const std::string& name : names) {
    const std::string id = name.substr(0, kIdLength);
    if (live.contains(id)) continue;
    const auto capture = deps_.store.Get(id);
    if (!capture && capture.error().code != Code::kNotFound) return Fail(capture.error());
    if (capture && capture->phase == Phase::kRunning) continue;
    deps_.files.Discard(deps_.files.TemporaryPath(name));
  }
  return {};
}

}  // namespace matinee::capture
