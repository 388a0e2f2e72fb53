#include "capture/service.h"

#include <atomic>
#include <utility>

#include "capture/orphaned_files.h"
#include "capture/queues.h"
#include "jobs/job_spans.h"
#include "telemetry/log.h"
#include "telemetry/trace.h"

namespace matinee::capture {
namespace {

constexpr const char* kLogger = "capture";

tl::unexpected<Error> ShuttingDown() {
  return Fail(Code::kUnavailable, "Matinee is shutting down; try again when it is back");
}

}  // namespace

// A pending AwaitTerminal. What sets `fired` first, the end of the capture or the timer, calls
// `done`.
struct Service::Waiter {
  Done done;
  TimerQueue::TimerId timer = 0;
  std::atomic<bool> fired{false};

  void Fire(Result<Capture> result) {
    if (!fired.exchange(true)) done(std::move(result));
  }
};

Service::Service(ServiceDeps deps, SessionLookup lookup, int64_t free_bytes_min)
    : deps_(std::move(deps)),
      lookup_(std::move(lookup)),
      free_bytes_min_(free_bytes_min),
      lifetime_(std::make_shared<LifetimeGuard>()) {
  listener_ =
      deps_.events.Subscribe(kCaptureTopic, [this](const coord::Event& event) { OnEvent(event); });
}

Service::~Service() {
  deps_.events.Unsubscribe(listener_);
  lifetime_->Close();
  std::map<std::string, std::vector<std::shared_ptr<Waiter>>> pending;
  {
    const std::lock_guard lock(mutex_);
    pending.swap(waiters_);
  }
  for (const auto& [id, waiters] : pending) {
    for (const auto& waiter : waiters) {
      deps_.timers.Cancel(waiter->timer);
      waiter->Fire(ShuttingDown());
    }
  }
}

void Service::Submit(const ScreenshotRequest& request, const Done& done) {
  SubmitRequest(request, done);
}

void Service::Submit(const ClipRequest& request, const Done& done) {
  SubmitRequest(request, done);
}

template <typename Request>
void Service::SubmitRequest(const Request& request, const Done& done) {
  const WallTime arrived = deps_.clock.Now();
  if (Status checked = Check(request, arrived); !checked) return done(Fail(checked.error()));
  if (!request.idempotency_key.empty()) {
    // A repeated request finds its capture even if the session has ended since.
    const auto known = deps_.store.FindByKey(request.idempotency_key, RequestKey(request));
    if (!known) return done(Fail(known.error()));
    if (*known) return done(**known);
  }
  if (Status space = CheckSpace(); !space) return done(Fail(space.error()));

  lookup_(request.session_id, kFreshSessionWait,
          WithCurrentSpan([this, lifetime = lifetime_, request, arrived,
                           done](std::optional<media::PlaybackSession> session) {
            const LifetimeGuard::Entry entry(*lifetime);
            if (!entry) return done(ShuttingDown());
            auto create = [this, lifetime, request, arrived, done, session = std::move(session)] {
              const LifetimeGuard::Entry later_entry(*lifetime);
              if (!later_entry) return done(ShuttingDown());
              if (!session) {
                return done(
                    Fail(Code::kNotFound, "nothing with this session_id is playing (any more)"));
              }
              auto spec = Plan(*session, request, arrived);
              if (spec) {
                spec->traceparent = CurrentTraceContext().traceparent;
                spec->client = request.client;
              }
              done(Write(spec));
            };
            if (!deps_.executor.TrySubmit(WithCurrentSpan(std::move(create)))) {
              done(Fail(Code::kUnavailable, "too many requests at once; try again"));
            }
          }));
}

Status Service::CheckSpace() const {
  if (!deps_.refusal.empty()) return Fail(Code::kConflict, deps_.refusal);
  TRY_ASSIGN(const int64_t free, deps_.files.FreeBytes());
  if (free >= free_bytes_min_) return {};
  constexpr int64_t kMebibyte = 1024 * 1024;
  return Fail(Code::kInsufficientStorage,
              "only " + std::to_string(free / kMebibyte) +
                  " MiB are free where captures are kept (" +
                  std::to_string(free_bytes_min_ / kMebibyte) +
                  " MiB are kept free); delete some captures, or lower MIN_FREE_BYTES");
}

Result<Capture> Service::Write(const Result<CaptureSpec>& spec) {
  if (!spec) return Fail(spec.error());
  TRY_ASSIGN(Store::Created created, deps_.store.Create(*spec));
  if (created.is_new) jobs::Enqueue(deps_.queue, JobOf(created.capture));
  return created.capture;
}

void Service::AwaitTerminal(const std::string& id, std::chrono::milliseconds limit, Done done) {
  auto waiter = std::make_shared<Waiter>();
  waiter->done = std::move(done);
  {
    const std::lock_guard lock(mutex_);
    waiters_[id].push_back(waiter);
    waiter->timer = deps_.timers.After(limit, [this, lifetime = lifetime_, id, waiter] {
      const LifetimeGuard::Entry entry(*lifetime);
      if (!entry) return;  // The destructor calls `done`.
      {
        const std::lock_guard timer_lock(mutex_);
        if (const auto found = waiters_.find(id); found != waiters_.end()) {
          std::erase(found->second, waiter);
          if (found->second.empty()) waiters_.erase(found);
        }
      }
      auto answer = [this, lifetime, id, waiter] {
        const LifetimeGuard::Entry later_entry(*lifetime);
        waiter->Fire(later_entry ? deps_.store.Get(id) : ShuttingDown());
      };
      if (!deps_.executor.TrySubmit(answer)) answer();
    });
  }
  SchedulePoll();
  Notify(id);  // It may have ended before the waiter was added.
}

void Service::OnEvent(const coord::Event& event) {
  std::vector<std::string> ids;
  {
    const std::lock_guard lock(mutex_);
    if (event.IsResync()) {
      for (const auto& [id, waiters] : waiters_) ids.push_back(id);
    } else if (waiters_.contains(event.payload)) {
      ids.push_back(event.payload);
    }
  }
  for (const std::string& id : ids) NotifyAsync(id);
}

// One timer serves all waiters; it is set again as long as there are any.
void Service::SchedulePoll() {
  {
    const std::lock_guard lock(mutex_);
    if (poll_scheduled_ || waiters_.empty()) return;
    poll_scheduled_ = true;
  }
  deps_.timers.After(kPollInterval, [this, lifetime = lifetime_] {
    const LifetimeGuard::Entry entry(*lifetime);
    if (!entry) return;
    {
      const std::lock_guard lock(mutex_);
      poll_scheduled_ = false;
    }
    OnEvent({coord::kResyncTopic, {}});
    SchedulePoll();
  });
}

void Service::NotifyAsync(const std::string& id) {
  auto notify = [this, lifetime = lifetime_, id] {
    if (const LifetimeGuard::Entry entry(*lifetime); entry) Notify(id);
  };
  if (!deps_.executor.TrySubmit(notify)) notify();
}

// Answers the waiters of the capture if it is terminal or deleted. While the database does not
// answer they stay: their limits end the wait.
void Service::Notify(const std::string& id) {
  const auto capture = deps_.store.Get(id);
  if (capture ? !IsTerminal(capture->phase) : capture.error().code != Code::kNotFound) return;
  std::vector<std::shared_ptr<Waiter>> ready;
  {
    const std::lock_guard lock(mutex_);
    if (const auto entry = waiters_.find(id); entry != waiters_.end()) {
      ready = std::move(entry->second);
      waiters_.erase(entry);
    }
  }
  for (const auto& waiter : ready) {
    deps_.timers.Cancel(waiter->timer);
    waiter->Fire(capture);
  }
}

Result<Capture> Service::Get(const std::string& id) {
  return deps_.store.Get(id);
}

Result<Capture> Service::Cancel(const std::string& id) {
  TRY_ASSIGN(Capture capture, deps_.store.Cancel(id));
  PublishCaptureChanged(deps_.events, id);  // The worker that runs it stops.
  Log(Severity::kInfo, kLogger, "capture cancelled", {{"capture_id", id}});
  return capture;
}

Result<Capture> Service::Retry(const std::string& id) {
  TRY(CheckSpace());
  TRY_ASSIGN(Capture capture, deps_.store.Retry(id));
  jobs::Enqueue(deps_.queue, JobOf(capture));
  PublishCaptureChanged(deps_.events, id);
  return capture;
}

Status Service::Delete(const std::string& id) {
  Result<Capture> deleted = deps_.store.SoftDelete(id);
  if (!deleted && deleted.error().code == Code::kInsufficientStorage && deps_.reserve != nullptr &&
      deps_.reserve->Release()) {
    deleted = deps_.store.SoftDelete(id);
  }
  TRY_ASSIGN(const Capture capture, std::move(deleted));
  PublishCaptureChanged(deps_.events, id);
  // It is hidden from here on. A worker that still runs it may be publishing its files: then the
  // reconciler removes them. It also retries what cannot be removed here.
  const auto live = deps_.queue.Live(KeysOf(id));
  if (!live || !live->empty()) return {};
  Status finished = RemoveAll(deps_.files, capture);
  if (finished) finished = deps_.store.Purge(id);
  if (!finished) {
    LogError(kLogger, "the files of a deleted capture cannot be removed yet", finished.error(),
             {{"capture_id", id}});
  }
  return {};
}

}  // namespace matinee::capture
