#include "jobs/attempt_runner.h"

#include <memory>
#include <utility>
#include <vector>

#include "jobs/retry_policy.h"
#include "telemetry/log.h"
#include "telemetry/trace.h"

namespace matinee::jobs {
namespace {

using std::chrono::milliseconds;

constexpr const char* kComplete = "complete";  // The outcome of a job that succeeded.
// Progress is written at most this often: smooth enough for viewers, cheap enough for the disk.
constexpr milliseconds kProgressInterval{700};

// From a waiting slot (1 ms) to a backlog of clips (an hour).
const std::vector<double>& WaitBuckets() {
  static const std::vector<double> bounds = {0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                             0.5,   1,     2.5,  5,     10,   30,  60,
                                             120,   300,   600,  1800,  3600};
  return bounds;
}

Counter& Ended(Metrics& metrics, const std::string& queue, const std::string& outcome) {
  return metrics.GetCounter("matinee_jobs_total", "Jobs that ended, by their outcome.",
                            {{"queue", queue}, {"outcome", outcome}});
}

double Seconds(std::chrono::steady_clock::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

// Returns whether a database error may pass: unreachable, full, or read-only for a while.
bool IsTransient(Code code) {
  return code == Code::kUnavailable || code == Code::kDeadlineExceeded ||
         code == Code::kInsufficientStorage || code == Code::kPermissionDenied;
}

}  // namespace

// Creates all counters at 0, since Prometheus misses the first event of a counter that begins with
// it.
AttemptRunner::AttemptRunner(WorkerDeps deps, const WorkerOptions& options, GracePeriod& grace)
    : deps_(deps), options_(options), grace_(grace) {
  for (const coord::Queue& queue : deps_.queue.queues()) {
    Ended(deps_.metrics, queue.name, kComplete);
    for (const CodeInfo& code : CodeTable()) {
      Ended(deps_.metrics, queue.name, std::string(code.name));
    }
  }
}

// Retries the operation while the database is unavailable, until database_retry_timeout.
template <typename Operation>
auto AttemptRunner::RetryUntilStored(const Operation& operation) -> decltype(operation()) {
  const auto deadline = std::chrono::steady_clock::now() + options_.database_retry_timeout;
  bool logged = false;
  for (;;) {
    auto result = operation();
    if (result || !IsTransient(result.error().code)) return result;
    if (!logged) LogError(kWorkerLogger, "the database does not answer; retrying", result.error());
    logged = true;
    if (std::chrono::steady_clock::now() + options_.database_pause > deadline) return result;
    if (!grace_.Sleep(options_.database_pause)) return result;
  }
}

Disposition AttemptRunner::Run(Handler& handler, const coord::Delivery& delivery,
                               const process::CancelFlag& cancel, ExclusiveGate::Pass& pass) {
  const std::string& id = delivery.job.subject;
  const std::string& queue = delivery.job.queue;
  JobKind& kind = handler.kind();
  deps_.metrics
      .GetHistogram("matinee_job_wait_seconds", "From enqueueing a job to receiving it.",
                    WaitBuckets(), {{"queue", queue}})
      .Observe(Seconds(delivery.waited));
  auto claimed = kind.table().Claim(id, delivery.redelivered);
  if (!claimed) {
    LogError(kWorkerLogger, "a job cannot be claimed", claimed.error(),
             {{"kind", kind.name()}, {"id", id}});
    grace_.Sleep(options_.database_pause);  // Otherwise it would be received in a tight loop.
    return {Disposition::Kind::kNack, {}};
  }
  if (!*claimed) return LeaveUnclaimed(kind, delivery);
  Result<JobState> state = kind.table().StateOf(**claimed);
  if (!state) return {Disposition::Kind::kDeadLetter, state.error().message};
  deps_.attempts.Claimed(kind.name(), id, state->attempt);
  if (delivery.redelivered) {
    Log(Severity::kWarn, kWorkerLogger, "taking over from a crashed worker",
        {{"kind", kind.name()},
         {"id", id},
         {"attempt", state->attempt},
         {"crashes", state->crashes}});
  }
  ProgressCallback on_progress = ProgressOf(kind, *state);
  const Attempt attempt(**std::move(claimed), *std::move(state), cancel, std::move(on_progress));
  if (attempt.state().crashes > kCrashesMax) return FailCrashed(kind, attempt, queue);
  if (attempt.state().crashes == kCrashesMax) pass.MakeExclusive();
  return RunClaimed(handler, attempt, queue);
}

// The row is gone, corrupt, or in a phase that ends the job.
Disposition AttemptRunner::LeaveUnclaimed(JobKind& kind, const coord::Delivery& delivery) {
  const std::string& id = delivery.job.subject;
  const auto row = kind.table().Find(id);
  if (!row || !*row) return {};
  const Result<JobState> state = kind.table().StateOf(**row);
  if (!state) return {Disposition::Kind::kDeadLetter, state.error().message};
  // It was cancelled or complete when its worker crashed.
  if (delivery.redelivered) CleanUpIfTerminal(kind, id);
  return {};
}

Disposition AttemptRunner::FailCrashed(JobKind& kind, const Attempt& attempt,
                                       const std::string& queue) {
  const Error error = CrashesError();
  OnFailureStored(kind, attempt,
                  RetryUntilStored([&] { return StoreFailure(kind, attempt.state(), error); }));
  Report(kind, attempt.state(), queue, Fail(error));
  return {Disposition::Kind::kDeadLetter, error.message};
}

Disposition AttemptRunner::RunClaimed(Handler& handler, const Attempt& attempt,
                                      const std::string& queue) {
  JobKind& kind = handler.kind();
  const JobState& state = attempt.state();
  kind.PublishChanged(deps_.events, state.id);
  const Result<Completion> completion = handler.Run(attempt);
  const Status finished = Finish(kind, attempt, completion);
  Report(kind, state, queue, finished);
  if (finished && completion->on_stored) completion->on_stored();
  if (finished || finished.error().code == Code::kCancelled) return {};
  const bool was_last_try =
      InfoOf(finished.error().code).retryable && !RetryDelay(finished.error().code, state.tries, 0);
  if (was_last_try) return {Disposition::Kind::kDeadLetter, finished.error().message};
  return {};
}

ProgressCallback AttemptRunner::ProgressOf(JobKind& kind, const JobState& state) {
  auto next =
      std::make_shared<std::chrono::steady_clock::time_point>(std::chrono::steady_clock::now());
  return [this, &kind, id = state.id, attempt = state.attempt, next](double progress) {
    const auto now = std::chrono::steady_clock::now();
    if (now < *next) return;
    *next = now + kProgressInterval;
    const auto current = kind.table().SetProgress(id, attempt, progress);
    // After an error the next write repairs it. A refused write means that the job was cancelled,
    // deleted or taken over, and that the event was lost.
    if (current && !*current) deps_.attempts.Cancel(kind.name(), id, attempt);
    kind.PublishChanged(deps_.events, id);
  };
}

// Stores the end of an attempt. One that does not complete the job leaves nothing behind.
Status AttemptRunner::Finish(JobKind& kind, const Attempt& attempt,
                             const Result<Completion>& completion) {
  const JobState& state = attempt.state();
  Status done;
  if (completion) {
    const Result<bool> stored =
        RetryUntilStored([&] { return StoreCompletion(kind, state, completion->own); });
    if (stored && *stored) {
      if (state.attempt > 1) CleanUpIfTerminal(kind, state.id);  // Crashed attempts.
      return {};
    }
    if (stored) {
      CleanUpObsolete(kind, attempt);  // Cancelled, deleted or taken over at the last moment.
      return Fail(Code::kCancelled, "cancelled");
    }
    done = Fail(stored.error());
  } else {
    done = Fail(completion.error());
  }
  OnFailureStored(kind, attempt,
                  RetryUntilStored([&] { return StoreFailure(kind, state, done.error()); }));
  return done;
}

// Completes the row, or schedules its next run. It may be complete already by this attempt, if the
// answer of the database got lost.
Result<bool> AttemptRunner::StoreCompletion(JobKind& kind, const JobState& state,
                                            const Values& own) {
  JobTable& table = kind.table();
  const auto period = kind.Period();
  TRY_ASSIGN(const bool completed,
             period ? table.Reschedule(state.id, state.attempt, *period, std::nullopt)
                    : table.Complete(state.id, state.attempt, own));
  if (completed) return true;
  TRY_ASSIGN(const std::optional<sql::Row> row, table.Find(state.id));
  if (!row) return false;
  TRY_ASSIGN(const JobState now, table.StateOf(*row));
  const Phase completion = period ? Phase::kQueued : Phase::kComplete;
  return now.phase == completion && now.attempt == state.attempt;
}

// Stores what follows from the error: failed, retrying or queued. Returns false if the row is not
// at this attempt any more.
Result<bool> AttemptRunner::StoreFailure(JobKind& kind, const JobState& state, const Error& error) {
  JobTable& table = kind.table();
  // By Stop(). If by a user, the row is cancelled already and this changes nothing.
  if (error.code == Code::kCancelled) return table.Requeue(state.id, state.attempt);
  if (state.crashes <= kCrashesMax) {
    if (const auto delay = RetryDelay(error.code, state.tries, options_.random())) {
      return table.MarkRetrying(state.id, state.attempt, error, *delay);
    }
  }
  if (const auto period = kind.Period()) {
    return table.Reschedule(state.id, state.attempt, *period, error);
  }
  return table.MarkFailed(state.id, state.attempt, error);
}

void AttemptRunner::OnFailureStored(JobKind& kind, const Attempt& attempt,
                                    const Result<bool>& stored) {
  const std::string& id = attempt.state().id;
  if (!stored) {
    // The row stays running until the reconciler requeues it; or it is complete after all.
    LogError(kWorkerLogger, "the end of an attempt cannot be stored", stored.error(),
             {{"kind", kind.name()}, {"id", id}});
  } else if (*stored) {
    kind.CleanUp(attempt.row());
  } else {
    CleanUpObsolete(kind, attempt);
  }
}

// The row is not at this attempt any more: it was taken over, cancelled or deleted. Or this very
// attempt has completed it, and the answer of the database got lost.
void AttemptRunner::CleanUpObsolete(JobKind& kind, const Attempt& attempt) {
  const auto row = kind.table().Find(attempt.state().id);
  if (!row) return;
  const auto state = *row ? kind.table().StateOf(**row) : JobState{};
  if (!state) return;
  kind.CleanUp(state->phase == Phase::kComplete ? **row : attempt.row());
}

// While the row is unfinished, another attempt may run.
void AttemptRunner::CleanUpIfTerminal(JobKind& kind, const std::string& id) {
  const auto row = kind.table().Find(id);
  if (!row || !*row) return;
  const auto state = kind.table().StateOf(**row);
  // The reconciler removes all that belongs to a deleted job.
  if (state && IsTerminal(state->phase) && state->phase != Phase::kDeleting) kind.CleanUp(**row);
}

void AttemptRunner::Report(const JobKind& kind, const JobState& state, const std::string& queue,
                           const Status& finished) {
  Ended(deps_.metrics, queue,
        finished ? kComplete : std::string(InfoOf(finished.error().code).name))
      .Add();
  if (finished) return;
  SetCurrentSpanError(finished.error());
  LogError(kWorkerLogger, "job failed", finished.error(),
           {{"kind", kind.name()}, {"id", state.id}, {"attempt", state.attempt}});
}

}  // namespace matinee::jobs
