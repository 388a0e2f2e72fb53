#include "capture/worker.h"

#include <pthread.h>

#include <algorithm>
#include <utility>

#include "capture/job_spans.h"
#include "capture/orphaned_files.h"
#include "capture/queues.h"
#include "capture/retry_policy.h"
#include "telemetry/log.h"
#include "telemetry/trace.h"

namespace matinee::capture {
namespace {

using std::chrono::milliseconds;

constexpr const char* kLogger = "worker";
constexpr const char* kComplete = "complete";  // The outcome of a job that succeeded.
// How long a slot waits for a job before it checks stopping_.
constexpr milliseconds kReceiveWait{1000};
// Progress is written at most this often: smooth enough for viewers, cheap enough for the disk.
constexpr milliseconds kProgressInterval{700};
// A job whose capture still has an attempt in this process is requeued after this long: about as
// long as FFmpeg takes to exit.
constexpr milliseconds kAttemptEndPause{100};
// A job of an unknown kind becomes a dead letter after this long: longer than any rolling update.
constexpr std::chrono::hours kUnknownKindMax{1};
// Between two queries to a database that does not answer.
constexpr milliseconds kDatabasePause{500};

const char* ModeOf(const CaptureSpec& spec) {
  if (spec.type == Type::kScreenshot) return "exact";
  return spec.precise ? "precise" : "fast";
}

// Below 1, a clip takes longer to make than to watch; copies are some hundred times as fast.
const std::vector<double>& RealtimeRatios() {
  static const std::vector<double> bounds = {0.1, 0.25, 0.5, 1, 2, 5, 10, 25, 50, 100, 250, 1000};
  return bounds;
}

Counter& Ended(Metrics& metrics, const std::string& queue, const std::string& outcome) {
  return metrics.GetCounter("matinee_jobs_total", "Jobs that ended, by their outcome.",
                            {{"queue", queue}, {"outcome", outcome}});
}

Counter& DeadLettered(Metrics& metrics, const std::string& queue) {
  return metrics.GetCounter("matinee_jobs_dead_lettered_total", "Jobs that became dead letters.",
                            {{"queue", queue}});
}

// Creates all counters at 0, since Prometheus misses the first event of a counter that begins with
// it.
void InitializeCounters(Metrics& metrics, const coord::QueueTable& queues) {
  for (const Type type : {Type::kScreenshot, Type::kClip}) {
    const std::string queue(ToString(type));
    Ended(metrics, queue, kComplete);
    for (const CodeInfo& code : CodeTable()) Ended(metrics, queue, std::string(code.name));
  }
  for (const coord::Queue& queue : queues) DeadLettered(metrics, queue.name);
}

// Returns the queues of each slot: a reserved slot serves its queue only, the others every queue.
std::vector<coord::QueueFilter> SlotFilters(const coord::QueueTable& queues, int slots) {
  std::vector<coord::QueueFilter> filters;
  for (size_t place = 0; place < queues.size(); ++place) {
    for (int i = 0; i < queues.at(place).reserved_slots; ++i) filters.push_back({place});
  }
  // At least one slot serves every queue, so that each queue is served.
  const size_t wanted = std::max(static_cast<size_t>(slots), filters.size() + 1);
  filters.resize(wanted, coord::AllQueues(queues));
  return filters;
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

Worker::Worker(WorkerDeps deps, RenderFunction render, PosterFunction poster, WorkerOptions options)
    : deps_(deps),
      render_(std::move(render)),
      poster_(std::move(poster)),
      options_(std::move(options)),
      busy_slots_(deps_.metrics.GetGauge("matinee_worker_slots_busy",
                                         "Slots of this worker with a job in flight.")),
      listener_(deps_.events.Subscribe(kCaptureTopic,
                                       [this](const coord::Event& event) { OnEvent(event); })) {
  deps_.metrics
      .GetGauge("matinee_worker_slots", "Slots of this worker; one is reserved for screenshots.")
      .Set(options_.slots);
  InitializeCounters(deps_.metrics, deps_.queue.queues());
}

Worker::~Worker() {
  Stop(milliseconds(0));
  deps_.events.Unsubscribe(listener_);
}

void Worker::Start() {
  for (const coord::QueueFilter& filter : SlotFilters(deps_.queue.queues(), options_.slots)) {
    threads_.emplace_back([this, filter] { Run(filter); });
    pthread_setname_np(threads_.back().native_handle(), "worker");
  }
}

void Worker::Stop(milliseconds grace) {
  stopping_ = true;
  deps_.queue.Close();
  const auto deadline = std::chrono::steady_clock::now() + grace;
  while (deps_.attempts.count() > 0 && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(milliseconds(20));
  }
  {
    const std::lock_guard lock(mutex_);
    grace_expired_ = true;
  }
  grace_changed_.notify_all();
  deps_.attempts.CancelAll();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

// Returns false if the grace period has expired.
bool Worker::InterruptibleSleep(milliseconds time) {
  std::unique_lock lock(mutex_);
  return !grace_changed_.wait_for(lock, time, [this] { return grace_expired_; });
}

// Retries the operation while the database is unavailable, until database_retry_timeout.
template <typename Operation>
auto Worker::RetryUntilStored(const Operation& operation) -> decltype(operation()) {
  const auto deadline = std::chrono::steady_clock::now() + options_.database_retry_timeout;
  bool logged = false;
  for (;;) {
    auto result = operation();
    if (result || !IsTransient(result.error().code)) return result;
    if (!logged) LogError(kLogger, "the database does not answer; retrying", result.error());
    logged = true;
    if (std::chrono::steady_clock::now() + kDatabasePause > deadline) return result;
    if (!InterruptibleSleep(kDatabasePause)) return result;
  }
}

// While a job is exclusive, the others stay in the queue: another worker may have a slot for them.
void Worker::Run(const coord::QueueFilter& filter) {
  while (!stopping_) {
    if (!gate_.WaitUntilShared(kReceiveWait)) continue;
    const auto delivery = deps_.queue.Receive(filter, kReceiveWait);
    if (!delivery) continue;
    if (gate_.WaitUntilShared(milliseconds(0))) {
      Process(*delivery);
    } else {  // A job became exclusive during Receive.
      Settle(*delivery, {Disposition::Kind::kNack, {}});
    }
  }
}

// During a rolling update newer workers may enqueue jobs that this one does not know.
void Worker::RequeueUnknownKind(const coord::Delivery& delivery) {
  {
    const std::lock_guard lock(mutex_);
    if (unknown_kinds_.insert(delivery.job.kind).second) {
      Log(Severity::kWarn, kLogger, "jobs of an unknown kind are left to other workers",
          {{"kind", delivery.job.kind}});
    }
  }
  if (delivery.waited > kUnknownKindMax) {
    return Settle(delivery,
                  {Disposition::Kind::kDeadLetter, "no worker knows the kind of the job"});
  }
  InterruptibleSleep(options_.unknown_kind_pause);
  Settle(delivery, {Disposition::Kind::kNack, {}});
}

void Worker::Process(const coord::Delivery& delivery) {
  if (delivery.job.kind != kCaptureKind) return RequeueUnknownKind(delivery);
  const std::string& id = delivery.job.subject;
  ExclusiveGate::Pass pass(gate_);
  // Registered before the claim, so that no cancel is missed, and before stopping_ is read: either
  // this thread sees the stop, or Stop() sees the job.
  const auto cancel = deps_.attempts.Begin(id);
  if (!cancel) {
    InterruptibleSleep(kAttemptEndPause);
    return Settle(delivery, {Disposition::Kind::kNack, {}});
  }
  busy_slots_.Set(static_cast<double>(deps_.attempts.count()));
  Disposition disposition{Disposition::Kind::kNack, {}};
  const TraceContext parent{delivery.job.traceparent, {}};
  SpanOptions options;
  options.kind = SpanKind::kConsumer;
  options.parent = &parent;
  Span span(JobSpanName("process", delivery.job), options);
  const ActiveSpan active(span);
  DescribeMessage(span, deps_.queue, delivery.job, "process");
  span.Set("matinee.capture.id", id);
  span.Set("matinee.job.redelivered", delivery.redelivered);
  if (!stopping_) disposition = Work(delivery, *cancel, pass);
  // Stop() cancelled it. Perhaps only its poster is missing, which the reconciler enqueues late.
  const bool interrupted = stopping_ && cancel->cancelled();
  if (interrupted && disposition.kind == Disposition::Kind::kAck) {
    disposition.kind = Disposition::Kind::kNack;
  }
  span.Set("matinee.job.dead_lettered", disposition.kind == Disposition::Kind::kDeadLetter);
  deps_.attempts.End(id);
  busy_slots_.Set(static_cast<double>(deps_.attempts.count()));
  Settle(delivery, disposition);
  PublishCaptureChanged(deps_.events, id);
}

// The row has the result already, so nothing is lost if the queue cannot be reached.
void Worker::Settle(const coord::Delivery& delivery, const Disposition& disposition) {
  Status settled;
  switch (disposition.kind) {
    case Disposition::Kind::kAck:
      settled = deps_.queue.Ack(delivery);
      break;
    case Disposition::Kind::kNack:
      settled = deps_.queue.Nack(delivery);
      break;
    case Disposition::Kind::kDeadLetter:
      settled = deps_.queue.DeadLetter(delivery, disposition.reason);
      DeadLettered(deps_.metrics, delivery.job.queue).Add();
      break;
  }
  if (!settled) {
    LogError(kLogger, "the queue cannot record the end of a job", settled.error(),
             {{"capture_id", delivery.job.subject}});
  }
}

Worker::Disposition Worker::Work(const coord::Delivery& delivery, const process::CancelFlag& cancel,
                                 ExclusiveGate::Pass& pass) {
  const std::string& id = delivery.job.subject;
  const std::string& queue = delivery.job.queue;
  deps_.metrics
      .GetHistogram("matinee_job_wait_seconds", "From enqueueing a job to receiving it.",
                    JobWaitBuckets(), {{"queue", queue}})
      .Observe(Seconds(delivery.waited));
  const auto claimed = deps_.store.Claim(id, delivery.redelivered);
  if (!claimed) {
    LogError(kLogger, "a capture cannot be claimed", claimed.error(), {{"capture_id", id}});
    InterruptibleSleep(kDatabasePause);  // Otherwise it would be received in a tight loop.
    return {Disposition::Kind::kNack, {}};
  }
  Disposition disposition;
  if (*claimed) {
    const Capture& capture = **claimed;
    deps_.attempts.Claimed(id, capture.attempt);
    if (delivery.redelivered) {
      Log(Severity::kWarn, kLogger, "taking over from a crashed worker",
          {{"capture_id", id}, {"attempt", capture.attempt}, {"crashes", capture.crashes}});
    }
    if (capture.crashes > kCrashesMax) return FailCrashed(capture);
    if (capture.crashes == kCrashesMax) pass.MakeExclusive();
    disposition = RunAttempt(capture, cancel);
  } else if (delivery.redelivered) {
    RemoveOrphansOf(id);  // It was cancelled, deleted or complete when its worker crashed.
    if (const auto counted = deps_.store.CountPosterCrash(id); !counted) return disposition;
  }
  if (delivery.job.queue != kScreenshotQueue) EnsurePoster(id, cancel, pass);
  return disposition;
}

Worker::Disposition Worker::FailCrashed(const Capture& capture) {
  const Error error = CrashesError();
  const auto failed =
      RetryUntilStored([&] { return deps_.store.MarkFailed(capture.id, capture.attempt, error); });
  if (failed && *failed) RemoveOrphansOf(capture.id);
  Report(capture, Fail(error));
  return {Disposition::Kind::kDeadLetter, error.message};
}

Worker::Disposition Worker::RunAttempt(const Capture& capture, const process::CancelFlag& cancel) {
  PublishCaptureChanged(deps_.events, capture.id);
  const auto started = std::chrono::steady_clock::now();
  auto next_report = started;
  const ProgressCallback on_progress = [&](double progress) {
    const auto now = std::chrono::steady_clock::now();
    if (now < next_report) return;
    next_report = now + kProgressInterval;
    const auto current = deps_.store.SetProgress(capture.id, capture.attempt, progress);
    // After an error the next write repairs it. A refused write means that the capture was
    // cancelled, deleted or taken over, and that the event was lost.
    if (current && !*current) deps_.attempts.Cancel(capture.id);
    PublishCaptureChanged(deps_.events, capture.id);
  };
  const Result<RenderedFiles> rendered = render_(capture, on_progress, cancel);
  const Status finished = CompleteAttempt(capture, rendered);
  Report(capture, finished);
  if (finished) ReportComplete(capture, *rendered, std::chrono::steady_clock::now() - started);
  if (finished || finished.error().code == Code::kCancelled) return {};
  const bool was_last_try = InfoOf(finished.error().code).retryable &&
                            !RetryDelay(finished.error().code, capture.tries, 0);
  if (was_last_try) return {Disposition::Kind::kDeadLetter, finished.error().message};
  return {};
}

void Worker::Report(const Capture& capture, const Status& finished) {
  const std::string outcome =
      finished ? kComplete : std::string(InfoOf(finished.error().code).name);
  const std::string type(ToString(capture.spec.type));
  Ended(deps_.metrics, type, outcome).Add();
  if (finished) return;
  SetCurrentSpanError(finished.error());
  LogError(kLogger, "capture not made", finished.error(),
           {{"capture_id", capture.id}, {"type", type}, {"attempt", capture.attempt}});
}

void Worker::ReportComplete(const Capture& capture, const RenderedFiles& rendered,
                            std::chrono::steady_clock::duration elapsed) {
  const std::string type(ToString(capture.spec.type));
  const std::string mode = ModeOf(capture.spec);
  const double seconds = Seconds(elapsed);
  deps_.metrics
      .GetHistogram("matinee_capture_duration_seconds",
                    "From receiving the job to the committed capture.", CaptureSeconds(),
                    {{"type", type}, {"mode", mode}, {"codec", rendered.codec}})
      .Observe(seconds);
  if (rendered.result.duration_seconds && seconds > 0) {
    deps_.metrics
        .GetHistogram("matinee_clip_realtime_ratio", "Seconds of clip rendered per second.",
                      RealtimeRatios(), {{"mode", mode}, {"codec", rendered.codec}})
        .Observe(*rendered.result.duration_seconds / seconds);
  }
  Log(Severity::kInfo, kLogger, "capture complete",
      {{"capture_id", capture.id}, {"type", type}, {"mode", mode}, {"seconds", seconds}});
}

// Stores the end of an attempt. An attempt that does not complete the capture leaves no file.
Status Worker::CompleteAttempt(const Capture& capture, const Result<RenderedFiles>& rendered) {
  Status done;
  if (rendered) {
    done = Commit(capture, *rendered);
    deps_.files.Discard(rendered->file_path);
    if (!rendered->thumbnail_path.empty()) deps_.files.Discard(rendered->thumbnail_path);
  } else {
    done = Fail(rendered.error());
  }
  // Crashed attempts may have published files.
  for (int other = 1; other < capture.attempt; ++other) {
    RemoveAttempt(deps_.files, capture, other);
  }
  if (done) return done;
  const Result<bool> released =
      RetryUntilStored([&] { return ResolveFailure(capture, done.error()); });
  if (!released) {
    // The row stays running until the reconciler requeues it; or it is complete after all.
    LogError(kLogger, "the end of an attempt cannot be stored", released.error(),
             {{"capture_id", capture.id}});
  } else if (*released) {
    RemoveAttempt(deps_.files, capture, capture.attempt);
  } else {
    RemoveOrphansOf(capture.id);  // Taken over, cancelled or deleted; or complete.
  }
  return done;
}

// The thumbnail first, the file second, the row last: a row that says "complete" has its files.
Status Worker::Commit(const Capture& capture, const RenderedFiles& rendered) {
  CaptureResult result = rendered.result;
  result.file_name = FileName(capture.id, capture.spec.type, capture.attempt);
  result.has_thumbnail = !rendered.thumbnail_path.empty();
  if (result.has_thumbnail) {
    TRY(deps_.files.Publish(rendered.thumbnail_path, ThumbnailName(result.file_name)));
  }
  TRY_ASSIGN(result.file_size_bytes, deps_.files.Publish(rendered.file_path, result.file_name));
  TRY_ASSIGN(const bool committed, RetryUntilStored([&] { return Complete(capture, result); }));
  if (committed) return {};
  // Cancelled, deleted or taken over at the last moment: the files are orphaned.
  RemoveAttempt(deps_.files, capture, capture.attempt);
  return Fail(Code::kCancelled, "cancelled");
}

// Completes the row. It may already be complete by this attempt, if the answer of the database got
// lost.
Result<bool> Worker::Complete(const Capture& capture, const CaptureResult& result) {
  TRY_ASSIGN(const bool completed, deps_.store.Complete(capture.id, capture.attempt, result));
  if (completed) return true;
  const auto row = deps_.store.Get(capture.id);
  if (row) return row->phase == Phase::kComplete && row->attempt == capture.attempt;
  if (row.error().code == Code::kNotFound) return false;
  return Fail(row.error());
}

// Stores what follows from the error: failed, retrying or queued. Returns false if the row is not
// at this attempt any more.
Result<bool> Worker::ResolveFailure(const Capture& capture, const Error& error) {
  if (error.code == Code::kCancelled) {
    // By Stop(). If by a user, the row is cancelled already and this changes nothing.
    return deps_.store.Requeue(capture.id, capture.attempt);
  }
  if (const auto delay = RetryDelay(error.code, capture.tries, options_.random())) {
    return deps_.store.MarkRetrying(capture.id, capture.attempt, error, *delay);
  }
  return deps_.store.MarkFailed(capture.id, capture.attempt, error);
}

// Removes the files of attempts that crashed after they had published.
void Worker::RemoveOrphansOf(const std::string& id) {
  const auto capture = deps_.store.Get(id);
  // The reconciler removes all files of a deleted one.
  if (capture && !IsTerminal(capture->phase)) return;
  if (capture) RemoveOrphanedFiles(deps_.files, *capture);
}

void Worker::OnEvent(const coord::Event& event) {
  for (const auto& [id, attempt] : deps_.attempts.Attempts()) {
    if (event.IsResync() || id == event.payload) CancelIfObsolete(id, attempt);
  }
}

void Worker::CancelIfObsolete(const std::string& id, int attempt) {
  const auto capture = deps_.store.Get(id);
  if (!capture && capture.error().code != Code::kNotFound) return;
  const bool wanted = capture && capture->attempt == attempt &&
                      (capture->phase == Phase::kRunning || capture->phase == Phase::kComplete);
  if (!wanted) deps_.attempts.Cancel(id);
}

// A clip without a poster is still a clip: failures are only logged. The reconciler retries it.
void Worker::EnsurePoster(const std::string& id, const process::CancelFlag& cancel,
                          ExclusiveGate::Pass& pass) {
  const auto capture = RetryUntilStored([&] { return deps_.store.Get(id); });
  if (!capture || capture->phase != Phase::kComplete || capture->has_thumbnail) return;
  if (capture->crashes > kCrashesMax) return;
  if (capture->crashes == kCrashesMax) pass.MakeExclusive();
  deps_.attempts.Claimed(id, capture->attempt);
  const Status published = PublishPoster(*capture, cancel);
  if (published || published.error().code == Code::kCancelled) return;
  LogError(kLogger, "a poster cannot be rendered", published.error(), {{"capture_id", id}});
}

Status Worker::PublishPoster(const Capture& capture, const process::CancelFlag& cancel) {
  TRY_ASSIGN(const std::string temporary, poster_(capture, cancel));
  const Result<int64_t> size = deps_.files.Publish(temporary, ThumbnailName(capture.file_name));
  deps_.files.Discard(temporary);
  if (!size) return Fail(size.error());
  TRY_ASSIGN(const bool wanted,
             RetryUntilStored([&] { return deps_.store.SetHasThumbnail(capture.id); }));
  // Otherwise the clip was deleted.
  return wanted ? Status() : deps_.files.Remove(ThumbnailName(capture.file_name));
}

}  // namespace matinee::capture
