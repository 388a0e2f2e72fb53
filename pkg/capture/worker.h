// The worker: a few slots, each a thread that takes a job, claims its row, makes the file, and
// commits what came of it; a clip is complete before its poster is there. Execution is at least
// once; the result is exactly once, because only the attempt that the row names may commit, and
// each attempt has files of its own.
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

// A file that is made but not yet published.
struct RenderedFiles {
  std::string file_path;
  std::string thumbnail_path;  // Empty if there is none (yet).
  CaptureResult outcome;       // Without the size and the name.
  std::string codec;           // Of the film's picture, as FFmpeg calls it.
};

using ProgressCallback = std::function<void(double progress)>;
// Makes the files of one capture under temporary paths. See render.h; a seam, so that tests can
// fail at every point.
using RenderFunction =
    std::function<Result<RenderedFiles>(const Capture& capture, const ProgressCallback& on_progress,
                                        const process::CancelFlag& cancel)>;

// Makes the poster of a complete clip; gives its temporary path.
using PosterFunction =
    std::function<Result<std::string>(const Capture& capture, const process::CancelFlag& cancel)>;

// What the worker works with; all of it outlives the worker.
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
  // How long a capture that is made waits for a database that does not take it: longer than any
  // restart. After that the work is lost, but not the capture: it is made again.
  std::chrono::milliseconds database_retry_timeout{600'000};
  // A job of an unknown kind is requeued after this long, so that it does not go round in a tight
  // loop.
  std::chrono::milliseconds unknown_kind_pause{1000};
  std::function<double()> random;  // In [0, 1), for the spread of retries; from any thread.
};

class Worker {
 public:
  Worker(WorkerDeps deps, RenderFunction render, PosterFunction poster, WorkerOptions options);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void Start();

  // Takes no more jobs; waits for those that run, at most `grace`; then stops them and hands them
  // back to the queue.
  void Stop(std::chrono::milliseconds grace);

  // Works on one job: makes the capture if it is unfinished, then the poster if it is a complete
  // clip without one. Exposed for tests.
  void Process(const coord::Delivery& delivery);

 private:
  // What the queue is to do with a job.
  struct Disposition {
    enum class Kind { kAck, kNack, kDeadLetter };
    Kind kind = Kind::kAck;
    std::string reason;  // Of kDeadLetter.
  };

  void Run(const coord::QueueFilter& filter);
  void LeaveToOthers(const coord::Delivery& delivery);
  Disposition Work(const coord::Delivery& delivery, const process::CancelFlag& cancel,
                   ExclusiveGate::Pass& pass);
  Disposition WorkOn(const Capture& capture, const process::CancelFlag& cancel);
  Disposition GiveUp(const Capture& capture);
  void Settle(const coord::Delivery& delivery, const Disposition& disposition);
  Status CompleteAttempt(const Capture& capture, const Result<RenderedFiles>& rendered);
  Status Commit(const Capture& capture, const RenderedFiles& rendered);
  Result<bool> IsCommitted(const Capture& capture, const CaptureResult& outcome);
  Result<bool> ResolveFailure(const Capture& capture, const Error& error);
  void AddPoster(const std::string& id, const process::CancelFlag& cancel,
                 ExclusiveGate::Pass& pass);
  Status PublishPoster(const Capture& capture, const process::CancelFlag& cancel);
  void CleanUp(const std::string& id);
  void OnEvent(const coord::Event& event);
  void StopIfUnwanted(const std::string& id, int attempt);
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
  bool grace_expired_ = false;           // The grace is over: nobody pauses any more.
  std::set<std::string> unknown_kinds_;  // Of which the log has a line.
  std::vector<std::thread> threads_;
  coord::EventBus::ListenerId listener_;
};

}  // namespace matinee::capture
