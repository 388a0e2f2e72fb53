// The worker: a few slots, each a thread that receives a job, claims its row, renders the file, and
// commits the result; a clip is complete before its poster exists. Execution is at least once; the
// result is exactly once, because only the attempt that the row names may commit, and each attempt
// has separate files.
//
// Thread safety: Start and Stop from one thread.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "capture/attempt_registry.h"
#include "capture/capture.h"
#include "capture/exclusive_gate.h"
#include "capture/file_store.h"
#include "capture/store.h"
#include "coord/event_bus.h"
#include "coord/job_queue.h"
#include "process/process_runner.h"
#include "telemetry/metrics.h"

namespace matinee::capture {

// Files that are rendered but not yet published.
struct RenderedFiles {
  std::string file_path;
  std::string thumbnail_path;  // Empty if there is none (yet).
  CaptureResult result;        // Without the size and the name.
  std::string codec;           // Of the source's video stream, as FFmpeg names it.
};

using ProgressCallback = std::function<void(double progress)>;
// Renders the files of one capture under temporary paths. See render.h; a seam for tests of
// failures.
using RenderFunction =
    std::function<Result<RenderedFiles>(const Capture& capture, const ProgressCallback& on_progress,
                                        const process::CancelFlag& cancel)>;

// Renders the poster of a complete clip; returns its temporary path.
using PosterFunction =
    std::function<Result<std::string>(const Capture& capture, const process::CancelFlag& cancel)>;

// All of it must outlive the worker.
struct WorkerDeps {
  Store& store;
  FileStore& files;
  coord::JobQueue& queue;
  coord::EventBus& events;
  AttemptRegistry& attempts;
  Metrics& metrics;
};

struct WorkerOptions {
  int slots = 2;  // At least 2: the first serves screenshots only.
  // How long a rendered capture waits for an unavailable database: longer than any restart. After
  // that the files are discarded, and the capture is rendered again.
  std::chrono::milliseconds database_retry_timeout{600'000};
  // A job of an unknown kind is requeued after this long, so that it is not received in a tight
  // loop.
  std::chrono::milliseconds unknown_kind_pause{1000};
  std::function<double()> random;  // In [0, 1), the jitter of retries; called from any thread.
};

class Worker {
 public:
  Worker(WorkerDeps deps, RenderFunction render, PosterFunction poster, WorkerOptions options);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void Start();

  // Drains: receives no more jobs, waits at most `grace` for those in flight, then cancels and
  // requeues them.
  void Stop(std::chrono::milliseconds grace);

  // Runs one job: renders the capture if it is unfinished, then the poster if it is a complete clip
  // without one. Exposed for tests.
  void Process(const coord::Delivery& delivery);

 private:
  // What the worker reports to the queue.
  struct Disposition {
    enum class Kind { kAck, kNack, kDeadLetter };
    Kind kind = Kind::kAck;
    std::string reason;  // Of kDeadLetter.
  };

  void Run(const coord::QueueFilter& filter);
  void RequeueUnknownKind(const coord::Delivery& delivery);
  Disposition Work(const coord::Delivery& delivery, const process::CancelFlag& cancel,
                   ExclusiveGate::Pass& pass);
  Disposition RunAttempt(const Capture& capture, const process::CancelFlag& cancel);
  Disposition FailCrashed(const Capture& capture);
  void Settle(const coord::Delivery& delivery, const Disposition& disposition);
  Status CompleteAttempt(const Capture& capture, const Result<RenderedFiles>& rendered);
  Status Commit(const Capture& capture, const RenderedFiles& rendered);
  Result<bool> Complete(const Capture& capture, const CaptureResult& result);
  Result<bool> ResolveFailure(const Capture& capture, const Error& error);
  void EnsurePoster(const std::string& id, const process::CancelFlag& cancel,
                    ExclusiveGate::Pass& pass);
  Status PublishPoster(const Capture& capture, const process::CancelFlag& cancel);
  void RemoveOrphansOf(const std::string& id);
  void OnEvent(const coord::Event& event);
  void CancelIfObsolete(const std::string& id, int attempt);
  void Report(const Capture& capture, const Status& finished);
  void ReportComplete(const Capture& capture, const RenderedFiles& rendered,
                      std::chrono::steady_clock::duration elapsed);
  bool InterruptibleSleep(std::chrono::milliseconds time);
  template <typename Operation>
  auto RetryUntilStored(const Operation& operation) -> decltype(operation());

  WorkerDeps deps_;
  const RenderFunction render_;
  const PosterFunction poster_;
  const WorkerOptions options_;
  Gauge& busy_slots_;
  ExclusiveGate gate_;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::condition_variable grace_changed_;
  bool grace_expired_ = false;           // Pauses end at once.
  std::set<std::string> unknown_kinds_;  // Already logged.
  std::vector<std::thread> threads_;
  coord::EventBus::ListenerId listener_;
};

}  // namespace matinee::capture
