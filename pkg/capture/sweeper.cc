#include "capture/sweeper.h"

#include <pthread.h>

#include <chrono>

#include "capture/worker.h"
#include "telemetry/log.h"

namespace matinee::capture {
namespace {

constexpr const char* kLogger = "sweeper";
constexpr std::chrono::milliseconds kInterval{1000};
// Rows a round: more are taken a second later.
constexpr int64_t kBatch = 200;

const Error kInterrupted{Code::kInternal, "Matinee was interrupted while it was making this"};
const Error kGivenUp{Code::kInternal,
                     "Matinee was interrupted each time it was making this, and gave up"};

}  // namespace

Sweeper::Sweeper(Store& store, Service& service, coord::JobQueue& queue, const Running& running)
    : store_(store), service_(service), queue_(queue), running_(running) {}

Sweeper::~Sweeper() {
  Stop();
}

Status Sweeper::Recover() {
  TRY(TakeUpInterrupted());
  TRY(EnqueueDue());
  TRY_ASSIGN(const std::vector<Capture> clips, store_.WithoutPoster(kBatch));
  // They are pictures for the gallery: behind what people wait for, and no loss if there is no
  // room.
  for (const Capture& clip : clips) static_cast<void>(queue_.Enqueue(JobOf(clip)));
  return {};
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
  TRY(TakeUpInterrupted());
  TRY(EnqueueDue());
  return RemoveDeleted();
}

// Rows that say "running" while nobody runs them: the program ended, or the database refused to
// hear of the end. A worker registers before it claims and signs off after it has written, so one
// that is not known here is done, and if it has written its end meanwhile, these statements change
// nothing.
Status Sweeper::TakeUpInterrupted() {
  TRY_ASSIGN(const std::vector<Capture> captures, store_.InProgress(kBatch));
  for (const Capture& capture : captures) {
    if (running_.Has(capture.id)) continue;
    const bool give_up = capture.tries >= kTriesMax;
    if (give_up) {
      TRY(store_.MarkFailed(capture.id, capture.attempt, kGivenUp));
    } else {
      TRY(store_.MarkRetrying(capture.id, capture.attempt, kInterrupted, {}));
    }
    Log(Severity::kWarn, kLogger,
        give_up ? "an interrupted capture is given up" : "an interrupted capture is taken up again",
        {{"capture_id", capture.id}, {"attempt", capture.attempt}});
  }
  return {};
}

Status Sweeper::EnqueueDue() {
  TRY_ASSIGN(const std::vector<Capture> due, store_.Due(kBatch));
  for (const Capture& capture : due) {
    if (running_.Has(capture.id)) continue;
    // A full lane must not keep the other one waiting; the next round brings the rest.
    static_cast<void>(queue_.Enqueue(JobOf(capture)));
  }
  return {};
}

Status Sweeper::RemoveDeleted() {
  TRY_ASSIGN(const std::vector<Capture> deleting, store_.Deleting(kBatch));
  Status all;  // One file that resists must not keep the others.
  for (const Capture& capture : deleting) {
    if (running_.Has(capture.id)) continue;
    if (Status finished = service_.FinishDelete(capture); !finished) all = std::move(finished);
  }
  return all;
}

}  // namespace matinee::capture
