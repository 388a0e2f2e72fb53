#include "capture/service.h"

#include <atomic>
#include <utility>

#include "telemetry/log.h"

namespace matinee::capture {
namespace {

constexpr const char* kLogger = "capture";

}  // namespace

// One who waits. Whoever sets `fired` first, the end of the capture or the timer, calls `done`.
struct Service::Waiter {
  Done done;
  TimerQueue::TimerId timer = 0;
  std::atomic<bool> fired{false};

  void Fire(Result<Capture> result) {
    if (!fired.exchange(true)) done(std::move(result));
  }
};

Service::Service(ServiceParts parts, SessionLookup lookup, int64_t free_bytes_min)
    : parts_(parts), lookup_(std::move(lookup)), free_bytes_min_(free_bytes_min) {
  listener_ = parts_.events.Subscribe([this](const std::string& id) { OnChanged(id); });
}

Service::~Service() {
  parts_.events.Unsubscribe(listener_);
  std::map<std::string, std::vector<std::shared_ptr<Waiter>>> left;
  {
    const std::lock_guard lock(mutex_);
    left.swap(waiters_);
  }
  for (const auto& [id, waiters] : left) {
    for (const auto& waiter : waiters) {
      parts_.timers.Cancel(waiter->timer);
      waiter->Fire(Fail(Code::kUnavailable, "Matinee is shutting down; the capture is not lost"));
    }
  }
}

void Service::Submit(const ScreenshotRequest& request, Done done) {
  SubmitRequest(request, std::move(done));
}

void Service::Submit(const ClipRequest& request, Done done) {
  SubmitRequest(request, std::move(done));
}

template <typename Request>
void Service::SubmitRequest(const Request& request, Done done) {
  const WallTime arrived = parts_.clock.Now();
  if (Status checked = Check(request, arrived); !checked) return done(Fail(checked.error()));
  if (!request.idempotency_key.empty()) {
    // A repeated request finds its capture also when the session has ended meanwhile.
    const auto known = parts_.store.FindByKey(request.idempotency_key, RequestKey(request));
    if (!known) return done(Fail(known.error()));
    if (*known) return done(**known);
  }
  if (Status space = CheckSpace(); !space) return done(Fail(space.error()));

  lookup_(request.session_id, kFreshSessionWait,
          [this, request, arrived, done](std::optional<media::PlaybackSession> session) {
            auto go_on = [this, request, arrived, done, session = std::move(session)] {
              if (!session) {
                return done(Fail(Code::kNotFound,
                                 "nothing with this session_id is playing (any more)"));
              }
              done(Write(Plan(*session, request, arrived)));
            };
            if (!parts_.executor.TrySubmit(std::move(go_on))) {
              done(Fail(Code::kUnavailable, "too many requests at once; try again"));
            }
          });
}

Status Service::CheckSpace() const {
  TRY_ASSIGN(const int64_t free, parts_.files.FreeBytes());
  if (free >= free_bytes_min_) return {};
  constexpr int64_t kMebibyte = 1024 * 1024;
  return Fail(Code::kInsufficientStorage,
              "only " + std::to_string(free / kMebibyte) + " MiB are free where captures are kept (" +
                  std::to_string(free_bytes_min_ / kMebibyte) +
                  " MiB are kept free); delete some captures, or lower MIN_FREE_BYTES");
}

Result<Capture> Service::Write(const Result<Wish>& wish) {
  if (!wish) return Fail(wish.error());
  TRY_ASSIGN(Store::Created created, parts_.store.Create(*wish));
  if (created.is_new) Wake(created.capture);
  return created.capture;
}

void Service::Wake(const Capture& capture) {
  if (Status queued = parts_.queue.Enqueue(JobOf(capture)); !queued) {
    // The row is there, so nothing is lost: the sweeper enqueues it when there is room.
    LogError(kLogger, "a capture waits for room in the queue", queued.error(),
             {{"capture_id", capture.id}});
  }
}

void Service::WaitUntilOver(const std::string& id, std::chrono::milliseconds limit, Done done) {
  auto waiter = std::make_shared<Waiter>();
  waiter->done = std::move(done);
  {
    const std::lock_guard lock(mutex_);
    waiters_[id].push_back(waiter);
    waiter->timer = parts_.timers.After(limit, [this, id, waiter] {
      {
        const std::lock_guard timer_lock(mutex_);
        if (const auto entry = waiters_.find(id); entry != waiters_.end()) {
          std::erase(entry->second, waiter);
          if (entry->second.empty()) waiters_.erase(entry);
        }
      }
      auto answer = [this, id, waiter] { waiter->Fire(parts_.store.Get(id)); };
      if (!parts_.executor.TrySubmit(answer)) answer();
    });
  }
  Look(id);  // It may have been over before we listened.
}

void Service::OnChanged(const std::string& id) {
  {
    const std::lock_guard lock(mutex_);
    if (!waiters_.contains(id)) return;
  }
  if (!parts_.executor.TrySubmit([this, id] { Look(id); })) Look(id);
}

// Tells those who wait for the capture, if it is over.
void Service::Look(const std::string& id) {
  const auto capture = parts_.store.Get(id);
  if (capture && !IsOver(capture->phase)) return;
  std::vector<std::shared_ptr<Waiter>> ready;
  {
    const std::lock_guard lock(mutex_);
    if (const auto entry = waiters_.find(id); entry != waiters_.end()) {
      ready = std::move(entry->second);
      waiters_.erase(entry);
    }
  }
  for (const auto& waiter : ready) {
    parts_.timers.Cancel(waiter->timer);
    waiter->Fire(capture);
  }
}

Result<Capture> Service::Get(const std::string& id) { return parts_.store.Get(id); }

Result<Capture> Service::Cancel(const std::string& id) {
  TRY_ASSIGN(Capture capture, parts_.store.Cancel(id));
  parts_.queue.Remove(id);
  parts_.running.Cancel(id);
  parts_.events.PublishCaptureChanged(id);
  Log(Severity::kInfo, kLogger, "capture cancelled", {{"capture_id", id}});
  return capture;
}

Result<Capture> Service::Retry(const std::string& id) {
  TRY(CheckSpace());
  TRY_ASSIGN(Capture capture, parts_.store.Retry(id));
  Wake(capture);
  parts_.events.PublishCaptureChanged(id);
  return capture;
}

Status Service::Delete(const std::string& id) {
  TRY_ASSIGN(const Capture capture, parts_.store.MarkDeleting(id));
  parts_.queue.Remove(id);
  parts_.running.Cancel(id);
  parts_.events.PublishCaptureChanged(id);
  // It is gone for everybody from here on. If a file resists, the sweeper tries again.
  if (Status finished = FinishDelete(capture); !finished) {
    LogError(kLogger, "the files of a deleted capture cannot be removed yet", finished.error(),
             {{"capture_id", id}});
  }
  return {};
}

Status Service::FinishDelete(const Capture& capture) {
  TRY(parts_.files.Remove(capture.file_name));
  TRY(parts_.files.Remove(ThumbnailName(capture.id)));
  return parts_.store.Forget(capture.id);
}

}  // namespace matinee::capture
