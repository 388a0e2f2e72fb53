#include "jobs/worker.h"

#include <pthread.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "jobs/job_spans.h"
#include "telemetry/log.h"
#include "telemetry/trace.h"

namespace matinee::jobs {
namespace {

using std::chrono::milliseconds;

// How long a slot waits for a job before it checks stopping_.
constexpr milliseconds kReceiveWait{1000};
// A job whose row still has an attempt in this process is requeued after this long: about as long
// as FFmpeg takes to exit.
constexpr milliseconds kAttemptEndPause{100};
// A job of an unknown kind becomes a dead letter after this long: longer than any rolling update.
constexpr std::chrono::hours kUnknownKindMax{1};
// An event may be lost, and `matinee jobs` of another process sends none: so the rows of running
// jobs are read at this interval, and a cancelled job ends within it.
constexpr milliseconds kCancelInterval{900};

// The queues of a slot that the queue at `place` reserves.
coord::QueueFilter ReservedFilter(const coord::QueueTable& queues, size_t place) {
  coord::QueueFilter filter = {place};
  for (size_t later = place + 1; later < queues.size(); ++later) {
    if (queues.at(later).uses_reserved_slots) filter.push_back(later);
  }
  return filter;
}

Counter& DeadLettered(Metrics& metrics, const std::string& queue) {
  return metrics.GetCounter("matinee_jobs_dead_lettered_total", "Jobs that became dead letters.",
                            {{"queue", queue}});
}

}  // namespace

std::vector<coord::QueueFilter> SlotFilters(const coord::QueueTable& queues, int slots) {
  std::vector<coord::QueueFilter> filters;
  std::vector<int> served(queues.size(), 0);  // Slots by queue.
  for (size_t place = 0; place < queues.size(); ++place) {
    const coord::QueueFilter filter = ReservedFilter(queues, place);
    for (int i = 0; i < queues.at(place).reserved_slots; ++i) {
      for (const size_t queue : filter) ++served[queue];
      filters.push_back(filter);
    }
  }
  const size_t wanted = std::max(static_cast<size_t>(slots), filters.size() + 1);
  while (filters.size() < wanted) {
    coord::QueueFilter filter;
    for (size_t place = 0; place < queues.size(); ++place) {
      const int max = queues.at(place).slots_max;
      if (max > 0 && served[place] >= max) continue;
      ++served[place];
      filter.push_back(place);
    }
    if (filter.empty()) break;  // All queues have their slots.
    filters.push_back(std::move(filter));
  }
  return filters;
}

Worker::Worker(WorkerDeps deps, std::vector<Handler*> handlers, WorkerOptions options)
    : deps_(deps),
      handlers_(std::move(handlers)),
      options_(std::move(options)),
      busy_slots_(deps_.metrics.GetGauge("matinee_worker_slots_busy",
                                         "Slots of this worker with a job in flight.")),
      attempts_(deps_, options_, grace_),
      cancel_obsolete_("cancel", kCancelInterval, [this] { CancelObsolete(); }) {
  deps_.metrics
      .GetGauge("matinee_worker_slots", "Slots of this worker: jobs that it runs at a time.")
      .Set(options_.slots);
  for (const coord::Queue& queue : deps_.queue.queues()) DeadLettered(deps_.metrics, queue.name);
  for (Handler* handler : handlers_) {
    MATINEE_CHECK(HandlerOf(handler->kind().name()) == handler, "a kind has one handler");
    listeners_.push_back(deps_.events.Subscribe(
        handler->kind().name(),
        [this, handler](const coord::Event& event) { OnEvent(*handler, event); }));
  }
}

Worker::~Worker() {
  Stop(milliseconds(0));
  for (const auto listener : listeners_) deps_.events.Unsubscribe(listener);
}

Handler* Worker::HandlerOf(const std::string& kind) const {
  for (Handler* handler : handlers_) {
    if (handler->kind().name() == kind) return handler;
  }
  return nullptr;
}

void Worker::Start() {
  for (const coord::QueueFilter& filter : SlotFilters(deps_.queue.queues(), options_.slots)) {
    threads_.emplace_back([this, filter] { Run(filter); });
    pthread_setname_np(threads_.back().native_handle(), "worker");
  }
  cancel_obsolete_.Start(kCancelInterval);
}

void Worker::Stop(milliseconds grace) {
  stopping_ = true;
  deps_.queue.Close();
  const auto deadline = std::chrono::steady_clock::now() + grace;
  while (deps_.attempts.count() > 0 && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(milliseconds(20));
  }
  grace_.Expire();
  deps_.attempts.CancelAll();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
  cancel_obsolete_.Stop();
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
      Log(Severity::kWarn, kWorkerLogger, "jobs of an unknown kind are left to other workers",
          {{"kind", delivery.job.kind}});
    }
  }
  if (delivery.waited > kUnknownKindMax) {
    return Settle(delivery,
                  {Disposition::Kind::kDeadLetter, "no worker knows the kind of the job"});
  }
  grace_.Sleep(options_.unknown_kind_pause);
  Settle(delivery, {Disposition::Kind::kNack, {}});
}

void Worker::Process(const coord::Delivery& delivery) {
  Handler* handler = HandlerOf(delivery.job.kind);
  if (handler == nullptr) return RequeueUnknownKind(delivery);
  ExclusiveGate::Pass pass(gate_);
  // Registered before the claim, so that no cancel is missed, and before stopping_ is read: either
  // this thread sees the stop, or Stop() sees the job.
  const auto cancel = deps_.attempts.Begin(delivery.job.kind, delivery.job.subject);
  if (!cancel) {
    grace_.Sleep(kAttemptEndPause);
    return Settle(delivery, {Disposition::Kind::kNack, {}});
  }
  CountBusySlots();
  RunJob(*handler, delivery, *cancel, pass);
  handler->kind().PublishChanged(deps_.events, delivery.job.subject);
}

void Worker::RunJob(Handler& handler, const coord::Delivery& delivery,
                    const process::CancelFlag& cancel, ExclusiveGate::Pass& pass) {
  const coord::Job& job = delivery.job;
  const TraceContext parent{job.traceparent, {}};
  SpanOptions options;
  options.kind = SpanKind::kConsumer;
  options.parent = &parent;
  Span span(JobSpanName("process", job), options);
  const ActiveSpan active(span);
  DescribeMessage(span, deps_.queue, job, "process");
  span.Set("matinee." + job.kind + ".id", job.subject);
  span.Set("matinee.job.redelivered", delivery.redelivered);
  Disposition disposition{Disposition::Kind::kNack, {}};
  if (!stopping_) disposition = attempts_.Run(handler, delivery, cancel, pass);
  // Stop() cancelled it: another worker receives it at once, not only at the next reconcile.
  const bool interrupted = stopping_ && cancel.cancelled();
  if (interrupted && disposition.kind == Disposition::Kind::kAck) {
    disposition.kind = Disposition::Kind::kNack;
  }
  span.Set("matinee.job.dead_lettered", disposition.kind == Disposition::Kind::kDeadLetter);
  deps_.attempts.End(job.kind, job.subject);
  CountBusySlots();
  Settle(delivery, disposition);
}

void Worker::CountBusySlots() {
  busy_slots_.Set(static_cast<double>(deps_.attempts.count()));
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
    LogError(kWorkerLogger, "the queue cannot record the end of a job", settled.error(),
             {{"kind", delivery.job.kind}, {"id", delivery.job.subject}});
  }
}

void Worker::OnEvent(Handler& handler, const coord::Event& event) {
  const std::string& kind = handler.kind().name();
  for (const AttemptRegistry::Entry& attempt : deps_.attempts.Attempts()) {
    if (attempt.kind != kind) continue;
    if (event.IsResync() || attempt.id == event.payload) CancelIfObsolete(attempt);
  }
}

void Worker::CancelObsolete() {
  for (const AttemptRegistry::Entry& attempt : deps_.attempts.Attempts()) {
    CancelIfObsolete(attempt);
  }
}

// The row says whether the attempt is still wanted; while the database does not answer, it is.
void Worker::CancelIfObsolete(const AttemptRegistry::Entry& attempt) {
  Handler* handler = HandlerOf(attempt.kind);
  if (handler == nullptr) return;
  JobTable& table = handler->kind().table();
  const auto row = table.Find(attempt.id);
  if (!row) return;
  if (*row) {
    const auto state = table.StateOf(**row);
    if (!state) return;
    const bool wanted = state->attempt == attempt.attempt &&
                        (state->phase == Phase::kRunning || state->phase == Phase::kComplete);
    if (wanted) return;
  }
  deps_.attempts.Cancel(attempt.kind, attempt.id, attempt.attempt);
}

}  // namespace matinee::jobs
