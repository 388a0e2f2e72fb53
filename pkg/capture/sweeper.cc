#include "capture/sweeper.h"

#include <pthread.h>

#include <chrono>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "capture/leftovers.h"
#include "telemetry/log.h"

namespace matinee::capture {
namespace {

constexpr const char* kLogger = "sweeper";
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
  return metrics.GetCounter("matinee_sweeps_total", "Rounds of the sweeper.",
                            {{"outcome", outcome}});
}

std::vector<std::string> IdsOf(const std::vector<Capture>& captures) {
  std::vector<std::string> ids;
  ids.reserve(captures.size());
  for (const Capture& capture : captures) ids.push_back(capture.id);
  return ids;
}

}  // namespace

Sweeper::Sweeper(SweeperParts parts)
    : parts_(std::move(parts)),
      swept_(Rounds(parts_.metrics, "ok")),
      failed_(Rounds(parts_.metrics, "failed")) {
  for (const Phase phase : kPhases) {
    captures_[phase] = &parts_.metrics.GetGauge("matinee_captures", "Captures, by their phase.",
                                                {{"phase", std::string(ToString(phase))}});
  }
}

Sweeper::~Sweeper() {
  Stop();
}

void Sweeper::Start() {
  thread_ = std::thread([this] { Run(); });
  pthread_setname_np(thread_.native_handle(), "sweeper");
}

void Sweeper::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Sweeper::Run() {
  bool complained = false;
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, kInterval, [this] { return stopping_; })) {
    lock.unlock();
    const Status swept = SweepOnce();
    if (!swept && !complained) LogError(kLogger, "sweeping failed", swept.error());
    complained = !swept;
    lock.lock();
  }
}

Status Sweeper::SweepOnce() {
  const auto epoch = parts_.term();
  if (!epoch) {
    if (rounds_ > 0) ShowCounts({});  // Another one counts now.
    rounds_ = 0;
    return {};
  }
  Status swept = Sweep(*epoch);
  (swept ? swept_ : failed_).Add();
  return swept;
}

Status Sweeper::Sweep(coord::Epoch epoch) {
  if (rounds_++ % kRoundsOfCount == 0) TRY(CountCaptures());
  TRY(TakeUpInterrupted(epoch));
  TRY(EnqueueDue(epoch));
  TRY(EnqueuePosters(epoch));
  Status deleted = RemoveDeleted(epoch);
  TRY(RemoveTemporary());  // Also while a file of a deleted capture resists.
  return deleted;
}

Status Sweeper::CountCaptures() {
  TRY_ASSIGN(const auto counts, parts_.store.CountByPhase());
  ShowCounts(counts);
  return {};
}

void Sweeper::ShowCounts(const std::map<Phase, int64_t>& counts) {
  for (const auto& [phase, gauge] : captures_) {
    const auto found = counts.find(phase);
    gauge->Set(found == counts.end() ? 0 : static_cast<double>(found->second));
  }
}

// Rows that say "running" without a live job: the program ended, or the queue has lost everything.
// A job lives from before its row is claimed until after its end is written, so one that does not
// live is done, and if its end has been written meanwhile, this changes nothing.
Status Sweeper::TakeUpInterrupted(coord::Epoch epoch) {
  TRY_ASSIGN(const std::vector<Capture> captures, parts_.store.InProgress(kBatch));
  TRY_ASSIGN(const std::set<std::string> live, parts_.queue.Live(IdsOf(captures)));
  for (const Capture& capture : captures) {
    if (live.contains(capture.id)) continue;
    const bool give_up = capture.deaths >= kDeathsMax;
    TRY_ASSIGN(const auto now,
               parts_.store.Interrupted(capture.id, capture.attempt,
                                        give_up ? DeathsError() : kInterrupted, epoch));
    if (!now) continue;
    RemoveLeftovers(parts_.files, *now);  // It may have published them before it died.
    Log(Severity::kWarn, kLogger,
        give_up ? "an interrupted capture is given up" : "an interrupted capture is taken up again",
        {{"capture_id", capture.id}, {"attempt", capture.attempt}, {"deaths", now->deaths}});
    parts_.events.PublishCaptureChanged(capture.id);
  }
  return {};
}

// A job that lives already is not queued twice, so there is no need to ask.
Status Sweeper::EnqueueDue(coord::Epoch epoch) {
  TRY_ASSIGN(const std::vector<Capture> due, parts_.store.Due(kBatch));
  for (const Capture& capture : due) {
    Status queued = parts_.queue.Enqueue(JobOf(capture), epoch);
    // A full lane must not keep the other ones waiting; the next round brings the rest.
    if (!queued && queued.error().code == Code::kConflict) return queued;
  }
  return {};
}

// They are pictures for the gallery: behind what people wait for, and later if there is no room or
// no queue. All of them once a term; what is new now and then, since a full disk or an absent one
// passes, while a clip that gives no picture would be tried for ever.
Status Sweeper::EnqueuePosters(coord::Epoch epoch) {
  const bool all = posters_of_ != epoch;
  if (!all && parts_.clock.Mono() < next_posters_) return {};
  const WallTime since = all ? WallTime() : parts_.clock.Now() - kPosterPatience;
  TRY_ASSIGN(const std::vector<Capture> clips, parts_.store.WithoutPoster(kBatch, since));
  for (const Capture& clip : clips) {
    if (!parts_.queue.Enqueue(JobOf(clip), epoch)) return {};
  }
  posters_of_ = epoch;
  next_posters_ = parts_.clock.Mono() + kPosterInterval;
  return {};
}

Status Sweeper::RemoveDeleted(coord::Epoch epoch) {
  TRY_ASSIGN(const std::vector<Capture> deleting, parts_.store.Deleting(kBatch));
  TRY_ASSIGN(const std::set<std::string> live, parts_.queue.Live(IdsOf(deleting)));
  Status all;  // One file that resists must not keep the others.
  for (const Capture& capture : deleting) {
    if (live.contains(capture.id)) continue;
    Status removed = RemoveAll(parts_.files, capture);
    if (removed) removed = parts_.store.Forget(capture.id, epoch);
    if (!removed) all = std::move(removed);
  }
  return all;
}

// A temporary file without a live job is nobody's. Listed before the question: a file that comes
// later has a job that came earlier. Only where the queue has lost everything can one without a job
// be in use: then its row says "running", until the next round takes that up.
Status Sweeper::RemoveTemporary() {
  TRY_ASSIGN(const std::vector<std::string> names, parts_.files.TemporaryNames());
  if (names.empty()) return {};
  std::vector<std::string> ids;
  ids.reserve(names.size());
  for (const std::string& name : names) ids.push_back(name.substr(0, kIdLength));
  TRY_ASSIGN(const std::set<std::string> live, parts_.queue.Live(ids));
  for (const std::string& name : names) {
    const std::string id = name.substr(0, kIdLength);
    if (live.contains(id)) continue;
    const auto capture = parts_.store.Get(id);
    if (!capture && capture.error().code != Code::kNotFound) return Fail(capture.error());
    if (capture && capture->phase == Phase::kRunning) continue;
    parts_.files.Discard(parts_.files.TemporaryPath(name));
  }
  return {};
}

}  // namespace matinee::capture
