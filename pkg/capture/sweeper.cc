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

}  // namespace

Sweeper::Sweeper(Store& store, Service& service, coord::JobQueue& queue, const Running& running)
    : store_(store), service_(service), queue_(queue), running_(running) {}

Sweeper::~Sweeper() { Stop(); }

Status Sweeper::Recover() {
  const Error interrupted{Code::kInternal, "Matinee was stopped while this was being made"};
  while (true) {
    TRY_ASSIGN(const std::vector<Capture> captures, store_.Interrupted(kBatch));
    if (captures.empty()) return SweepOnce();
    for (const Capture& capture : captures) {
      if (capture.attempt >= kAttemptsMax) {
        const Error given_up{Code::kInternal,
                             "Matinee was stopped each time it was making this; it is given up "
                             "after " + std::to_string(kAttemptsMax) + " attempts"};
        TRY(store_.MarkFailed(capture.id, capture.attempt, given_up));
      } else {
        TRY(store_.MarkRetrying(capture.id, capture.attempt, interrupted,
                                std::chrono::milliseconds(0)));
      }
      Log(Severity::kInfo, kLogger, "an interrupted capture is taken up again",
          {{"capture_id", capture.id}, {"attempt", capture.attempt}});
    }
  }
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
  TRY_ASSIGN(const std::vector<Capture> due, store_.Due(kBatch));
  for (const Capture& capture : due) {
    if (running_.Has(capture.id)) continue;
    if (!queue_.Enqueue(JobOf(capture))) break;  // Full: the next round brings the rest.
  }
  TRY_ASSIGN(const std::vector<Capture> deleting, store_.Deleting(kBatch));
  Status all;  // One file that resists must not keep the others.
  for (const Capture& capture : deleting) {
    if (Status finished = service_.FinishDelete(capture); !finished) all = std::move(finished);
  }
  return all;
}

}  // namespace matinee::capture
