// The lifecycle of an attempt: claims the row, has the handler run, stores how it ended. Execution
// is at least once; the result is exactly once, because only the attempt that the row names may
// commit.
//
// Thread safety: Run may be called from several threads, for different jobs.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "base/result.h"
#include "coord/event_bus.h"
#include "coord/job_queue.h"
#include "jobs/attempt_registry.h"
#include "jobs/exclusive_gate.h"
#include "jobs/grace_period.h"
#include "jobs/handler.h"
#include "process/process_runner.h"
#include "telemetry/metrics.h"

namespace matinee::jobs {

// The logger of slots and of their attempts.
constexpr const char* kWorkerLogger = "worker";

// All of it must outlive the worker.
struct WorkerDeps {
  coord::JobQueue& queue;
  coord::EventBus& events;
  AttemptRegistry& attempts;
  Metrics& metrics;
};

struct WorkerOptions {
  // At least one more than the table of queues reserves.
  int slots = 2;
  // How long the end of an attempt waits for an unavailable database: longer than any restart.
  // After that the job runs again.
  std::chrono::milliseconds database_retry_timeout{600'000};
  // Between two queries to a database that does not answer.
  std::chrono::milliseconds database_pause{500};
  // A job of an unknown kind is requeued after this long, so that it is not received in a tight
  // loop.
  std::chrono::milliseconds unknown_kind_pause{1000};
  std::function<double()> random;  // In [0, 1), the jitter of retries; called from any thread.
};

// What the worker reports to the queue.
struct Disposition {
  enum class Kind { kAck, kNack, kDeadLetter };
  Kind kind = Kind::kAck;
  std::string reason;  // Of kDeadLetter.
};

class AttemptRunner {
 public:
  // `grace` must outlive it: its end ends the pauses.
  AttemptRunner(WorkerDeps deps, const WorkerOptions& options, GracePeriod& grace);

  // Claims the row that `delivery` names and runs it. `pass` becomes exclusive for a job that was
  // running each time its worker crashed.
  Disposition Run(Handler& handler, const coord::Delivery& delivery,
                  const process::CancelFlag& cancel, ExclusiveGate::Pass& pass);

 private:
  Disposition RunClaimed(Handler& handler, const Attempt& attempt, const std::string& queue);
  Disposition LeaveUnclaimed(JobKind& kind, const coord::Delivery& delivery);
  Disposition FailCrashed(JobKind& kind, const Attempt& attempt, const std::string& queue);
  Status Finish(JobKind& kind, const Attempt& attempt, const Result<Completion>& completion);
  Result<bool> StoreCompletion(JobKind& kind, const JobState& state, const Values& own);
  Result<bool> StoreFailure(JobKind& kind, const JobState& state, const Error& error);
  void OnFailureStored(JobKind& kind, const Attempt& attempt, const Result<bool>& stored);
  void CleanUpObsolete(JobKind& kind, const Attempt& attempt);
  void CleanUpIfTerminal(JobKind& kind, const std::string& id);
  void Report(const JobKind& kind, const JobState& state, const std::string& queue,
              const Status& finished);
  ProgressCallback ProgressOf(JobKind& kind, const JobState& state);
  template <typename Operation>
  auto RetryUntilStored(const Operation& operation) -> decltype(operation());

  WorkerDeps deps_;
  const WorkerOptions& options_;
  GracePeriod& grace_;
};

}  // namespace matinee::jobs
