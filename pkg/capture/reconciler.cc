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
// Rows a round: all that can be unfinished, so that rows which have a job never hide one without.
constexpr int64_t kBatch = kUnfinishedMax;
constexpr size_t kIdLength = 36;  // A UUID, with which the name of each temporary file begins.

const Error kInterrupted{Code::kInternal, "Matinee was interrupted while it was making this"};

// Rounds between two counts of the captures: often enough for who watches, and nothing beside what
// the sweeper asks anyway.
constexpr int kRoundsOfCount = 5;

// A clip without a poster is tried again so often, for so long.
constexpr std::chrono::minutes kPosterInterval{10};
constexpr std::chrono::hours kPosterPatience{1};

Counter& Rounds(Metrics& metrics, const std::string& outcome) {
  return metrics.GetCounter("matinee_reconciles_total", "Rounds of the sweeper.",
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
      swept_(Rounds(deps_.metrics, "ok")),
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
    if (rounds_ > 0) ShowCounts({});  // Another one counts now.
    rounds_ = 0;
    return {};
  }
  Status swept = Reconcile(*term);
  (swept ? swept_ : failed_).Add();
  return swept;
}

Status Reconciler::Reconcile(coord::Term term) {
  if (rounds_++ % kRoundsOfCount == 0) TRY(CountCaptures());
  TRY(RequeueOrphans(term));
  TRY(EnqueueDue(term));
  TRY(EnqueuePosters(term));
  Status deleted = RemoveDeleted(term);
  TRY(RemoveTemporary());  // Also while a file of a deleted capture resists.
  return deleted;
}

Status Reconciler::CountCaptures() {
  TRY_ASSIGN(const auto counts, deps_.store.CountByPhase());
  ShowCounts(counts);
  return {};
}

void Reconciler::ShowCounts(const std::map<Phase, int64_t>& counts) {
  for (const auto& [phase, gauge] : captures_) {
    const auto found = counts.find(phase);
    gauge->Set(found == counts.end() ? 0 : static_cast<double>(found->second));
  }
}

// Rows that say "running" without a live job: the program ended, or the queue has lost everything.
// A job lives from before its row is claimed until after its end is written, so one that does not
// live is done, and if its end has been written meanwhile, this changes nothing.
Status Reconciler::RequeueOrphans(coord::Term term) {
  TRY_ASSIGN(const std::vector<Capture> captures, deps_.store.ListRunning(kBatch));
  TRY_ASSIGN(const std::set<std::string> live, deps_.queue.Live(IdsOf(captures)));
  for (const Capture& capture : captures) {
    if (live.contains(capture.id)) continue;
    const bool give_up = capture.crashes >= kCrashesMax;
    TRY_ASSIGN(const auto now,
               deps_.store.RequeueOrphan(capture.id, capture.attempt,
                                         give_up ? CrashesError() : kInterrupted, term));
    if (!now) continue;
    RemoveOrphanedFiles(deps_.files, *now);  // It may have published them before it died.
    Log(Severity::kWarn, kLogger,
        give_up ? "an interrupted capture is given up" : "an interrupted capture is taken up again",
        {{"capture_id", capture.id}, {"attempt", capture.attempt}, {"crashes", now->crashes}});
    PublishCaptureChanged(deps_.events, capture.id);
  }
  return {};
}

// A job that lives already is not queued twice, so there is no need to ask.
Status Reconciler::EnqueueDue(coord::Term term) {
  TRY_ASSIGN(const std::vector<Capture> due, deps_.store.ListDue(kBatch));
  for (const Capture& capture : due) {
    Status queued = deps_.queue.Enqueue(JobOf(capture), term);
    // A full lane must not keep the other ones waiting; the next round brings the rest.
    if (!queued && queued.error().code == Code::kConflict) return queued;
  }
  return {};
}

// They are pictures for the gallery: behind what people wait for, and later if there is no room or
// no queue. All of them once a term; what is new now and then, since a full disk or an absent one
// passes, while a clip that gives no picture would be tried for ever.
Status Reconciler::EnqueuePosters(coord::Term term) {
  const bool all = posters_of_ != term;
  if (!all && deps_.clock.Mono() < next_posters_) return {};
  const WallTime since = all ? WallTime() : deps_.clock.Now() - kPosterPatience;
  TRY_ASSIGN(const std::vector<Capture> clips, deps_.store.ListWithoutPoster(kBatch, since));
  for (const Capture& clip : clips) {
    if (!deps_.queue.Enqueue(JobOf(clip), term)) return {};
  }
  posters_of_ = term;
  next_posters_ = deps_.clock.Mono() + kPosterInterval;
  return {};
}

Status Reconciler::RemoveDeleted(coord::Term term) {
  TRY_ASSIGN(const std::vector<Capture> deleting, deps_.store.ListDeleting(kBatch));
  TRY_ASSIGN(const std::set<std::string> live, deps_.queue.Live(IdsOf(deleting)));
  Status all;  // One file that resists must not keep the others.
  for (const Capture& capture : deleting) {
    if (live.contains(capture.id)) continue;
    Status removed = RemoveAll(deps_.files, capture);
    if (removed) removed = deps_.store.Purge(capture.id, term);
    if (!removed) all = std::move(removed);
  }
  return all;
}

// A temporary file without a live job is nobody's. Listed before the question: a file that comes
// later has a job that came earlier. Only where the queue has lost everything can one without a job
// be in use: then its row says "running", until the next round takes that up.
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
