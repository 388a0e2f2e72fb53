#include "jobs/reconciler.h"

#include <chrono>
#include <utility>
#include <vector>

#include "jobs/retry_policy.h"
#include "telemetry/log.h"

namespace matinee::jobs {
namespace {

constexpr const char* kLogger = "reconciler";
constexpr std::chrono::milliseconds kInterval{1000};
// Rows of one kind per round: more than the unfinished jobs of any kind, so that rows with a live
// job never hide one without.
constexpr int64_t kBatch = 1000;

// Corrupt rows that are remembered.
constexpr size_t kCorruptMax = 1000;

const Error kInterrupted{Code::kInternal, "Matinee was interrupted while it was making this"};

Counter& Rounds(Metrics& metrics, const std::string& outcome) {
  return metrics.GetCounter("matinee_reconciles_total", "Rounds of the reconciler.",
                            {{"outcome", outcome}});
}

}  // namespace

Reconciler::Reconciler(ReconcilerDeps deps)
    : deps_(std::move(deps)),
      succeeded_(Rounds(deps_.metrics, "ok")),
      failed_(Rounds(deps_.metrics, "failed")),
      task_("reconciler", kInterval, [this] { Run(); }) {}

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
    if (term_ != coord::kNoTerm) {
      for (const auto& kind : deps_.kinds.all()) kind->OnLeadershipLost();
    }
    term_ = coord::kNoTerm;
    return {};
  }
  const Round round{*term, *term != term_};
  Status reconciled = Reconcile(round);
  // A first round that failed is repeated as the first.
  term_ = reconciled || !round.is_first ? *term : term_;
  (reconciled ? succeeded_ : failed_).Add();
  return reconciled;
}

// The failure of one kind must not block the others.
Status Reconciler::Reconcile(const Round& round) {
  Status all;
  for (const auto& kind : deps_.kinds.all()) {
    Status reconciled = ReconcileKind(*kind, round);
    if (!reconciled && all) all = std::move(reconciled);
  }
  return all;
}

Status Reconciler::ReconcileKind(JobKind& kind, const Round& round) {
  TRY(RequeueOrphans(kind, round.term));
  TRY(EnqueueDue(kind, round.term));
  return kind.Reconcile(round);
}

// Requeues running rows without a live job: the process ended, or the queue has lost its jobs. A
// job is live from before the claim of its row until after the end of the attempt is written. If
// that end was written since the list was read, the guarded update changes nothing.
Status Reconciler::RequeueOrphans(JobKind& kind, coord::Term term) {
  TRY_ASSIGN(const sql::Rows rows, kind.table().ListRunning(kBatch));
  if (rows.empty()) return {};
  std::vector<std::string> keys;
  keys.reserve(rows.size());
  for (const sql::Row& row : rows) keys.push_back(kind.KeyOf(row.Text(0)));
  TRY_ASSIGN(const std::set<std::string> live, deps_.queue.Live(keys));
  for (size_t i = 0; i < rows.size(); ++i) {
    if (live.contains(keys[i])) continue;
    if (const auto state = ReadState(kind, rows[i])) TRY(RequeueOrphan(kind, *state, term));
  }
  return {};
}

Status Reconciler::RequeueOrphan(JobKind& kind, const JobState& state, coord::Term term) {
  const bool fails = state.crashes >= kCrashesMax;
  TRY_ASSIGN(const auto row,
             kind.table().RequeueOrphan(state.id, state.attempt,
                                        fails ? CrashesError() : kInterrupted, term));
  if (!row) return {};
  kind.CleanUp(*row);  // It may have published files before the crash.
  Log(Severity::kWarn, kLogger,
      fails ? "an interrupted job has failed" : "an interrupted job is requeued",
      {{"kind", kind.name()},
       {"id", state.id},
       {"attempt", state.attempt},
       {"crashes", state.crashes + 1}});
  kind.PublishChanged(deps_.events, state.id);
  return {};
}

std::optional<JobState> Reconciler::ReadState(JobKind& kind, const sql::Row& row) {
  Result<JobState> state = kind.table().StateOf(row);
  if (state) return *std::move(state);
  const bool is_new = corrupt_.size() < kCorruptMax && corrupt_.insert(row.Text(0)).second;
  if (is_new) LogError(kLogger, "a corrupt row is not touched", state.error());
  return std::nullopt;
}

// Enqueue does nothing for a job that is live already, so Live is not asked.
Status Reconciler::EnqueueDue(JobKind& kind, coord::Term term) {
  TRY_ASSIGN(const sql::Rows due, kind.table().ListDue(kBatch));
  for (const sql::Row& row : due) {
    if (!ReadState(kind, row)) continue;
    Status queued = deps_.queue.Enqueue(kind.JobOf(row), term);
    // A full queue must not block the others; the next round enqueues the rest.
    if (!queued && queued.error().code == Code::kConflict) return queued;
  }
  return {};
}

}  // namespace matinee::jobs
