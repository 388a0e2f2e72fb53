// The worker: a few slots, each a thread that takes a job, claims its row, makes the file, and
// commits what came of it; a clip is complete before its poster is there. Execution is at least
// once; the result is exactly once, because only the attempt that the row names may commit.
//
// Thread safety: Start and Stop from one thread.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "capture/capture.h"
#include "capture/file_store.h"
#include "capture/running.h"
#include "capture/store.h"
#include "coord/event_bus.h"
#include "coord/job_queue.h"
#include "process/process_runner.h"
#include "telemetry/metrics.h"

namespace matinee::capture {

// How often a capture is tried: what fails for a passing reason three times in ten seconds will not
// succeed in a fourth, and what killed the program three times must not kill it again.
constexpr int kTriesMax = 3;
// Wait before the second and third try.
constexpr std::chrono::milliseconds kRetryDelayFirst{1000};
constexpr std::chrono::milliseconds kRetryDelaySecond{4000};

// A file that is made but not yet published.
struct Rendered {
  std::string file_path;
  std::string thumbnail_path;  // Empty if there is none (yet).
  Outcome outcome;             // Without the size.
};

using ProgressCallback = std::function<void(double progress)>;
// Makes the files of one capture under temporary paths. See render.h; a seam, so that tests can
// fail at every point.
using RenderFunction =
    std::function<Result<Rendered>(const Capture& capture, const ProgressCallback& on_progress,
                                   const process::CancelFlag& cancel)>;

// Makes the poster of a complete clip; gives its temporary path.
using PosterFunction =
    std::function<Result<std::string>(const Capture& capture, const process::CancelFlag& cancel)>;

// What the worker works with; all of it outlives the worker.
struct WorkerParts {
  Store& store;
  FileStore& files;
  coord::JobQueue& queue;
  coord::EventBus& events;
  Running& running;
  Metrics& metrics;
};

class Worker {
 public:
  // `slots` at least 2: the first serves screenshots only.
  Worker(WorkerParts parts, RenderFunction render, PosterFunction poster, int slots);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void Start();

  // Takes no more jobs; waits for those that run, at most `grace`; then stops them and gives their
  // rows back to the queue (they are done at the next start).
  void Stop(std::chrono::milliseconds grace);

  // Works on one job: makes the capture if it is unfinished, then the poster if it is a complete
  // clip without one. Exposed for tests.
  void Process(const coord::Job& job);

 private:
  void Run(coord::Accept accept);
  void WorkOn(const Capture& capture, const process::CancelFlag& cancel);
  Status Finish(const Capture& capture, const Result<Rendered>& rendered);
  Status Commit(const Capture& capture, const Rendered& rendered);
  Result<bool> Release(const Capture& capture, const Error& error);
  void AddPoster(const std::string& id, const process::CancelFlag& cancel);
  Status PublishPoster(const Capture& capture, const process::CancelFlag& cancel);
  Status RemoveFiles(const Capture& capture);
  void Report(const Capture& capture, const Status& finished,
              std::chrono::steady_clock::duration elapsed);

  WorkerParts parts_;
  const RenderFunction render_;
  const PosterFunction poster_;
  const int slots_;
  std::atomic<bool> stopping_{false};
  std::vector<std::thread> threads_;
};

}  // namespace matinee::capture
