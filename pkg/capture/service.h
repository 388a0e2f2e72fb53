// The operations of the API on captures: create, await, cancel, retry, delete.
//
// A capture is a committed row before a worker runs it; the queue only wakes a worker. No thread is
// blocked while a request waits for a media server or for FFmpeg.
//
// Thread safety: all methods may be called from any thread. Each callback is called exactly once,
// before the method returns or later from a thread of the executor, the timers or the lookup; the
// destructor calls those that are still pending, with kUnavailable.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/executor.h"
#include "base/lifetime.h"
#include "base/result.h"
#include "base/timer_queue.h"
#include "capture/capture.h"
#include "capture/plan.h"
#include "capture/store.h"
#include "coord/event_bus.h"
#include "coord/job_queue.h"
#include "media/playback_session.h"
#include "storage/file_store.h"
#include "storage/space_reserve.h"

namespace matinee::capture {

// How long a request waits for a media server to report the current position, before the last
// snapshot is used instead. The result is the same in nearly all cases: positions are extrapolated.
constexpr std::chrono::milliseconds kFreshSessionWait{500};

// Events may get lost: rows with waiters are polled at this interval.
constexpr std::chrono::milliseconds kPollInterval{1000};

// Looks up the freshest state of a session; see media::SessionWatcher::FreshSession.
using SessionLookup =
    std::function<void(const std::string& session_id, std::chrono::milliseconds limit,
                       std::function<void(std::optional<media::PlaybackSession>)> done)>;

// All of it must outlive the service, and may call it back late.
struct ServiceDeps {
  Store& store;
  storage::FileStore& files;
  coord::JobQueue& queue;
  coord::EventBus& events;
  Executor& executor;
  TimerQueue& timers;
  const Clock& clock;
  // Lets a row be deleted while the disk is full. May be null.
  storage::SpaceReserve* reserve;
  std::string refusal = {};  // Why no captures can be made by this process at all, or "".
};

class Service {
 public:
  using Done = std::function<void(Result<Capture>)>;

  // Captures are refused while less than `free_bytes_min` is free.
  Service(ServiceDeps deps, SessionLookup lookup, int64_t free_bytes_min);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  // Creates a capture. `done` gets it once it is committed and enqueued (or the one that the same
  // request created before), or kInvalidArgument, kNotFound (no such session), kConflict (cannot be
  // captured, or ServiceDeps::refusal), kTooManyRequests (of this client), kInsufficientStorage,
  // kUnavailable.
  void Submit(const ScreenshotRequest& request, const Done& done);
  void Submit(const ClipRequest& request, const Done& done);

  // Waits for a terminal phase. `done` gets the capture then, or as it is after `limit`; kNotFound
  // if it is deleted before.
  void AwaitTerminal(const std::string& id, std::chrono::milliseconds limit, Done done);

  Result<Capture> Get(const std::string& id);
  // Stops it and keeps the row. Fails with kNotFound or kConflict.
  Result<Capture> Cancel(const std::string& id);
  // Enqueues a failed or cancelled capture again. Fails with kNotFound or kConflict.
  Result<Capture> Retry(const std::string& id);
  // Stops it, removes its files and its row (of a running one, once its attempt has ended). Fails
  // with kNotFound. Uses the reserve if the disk is full.
  Status Delete(const std::string& id);

 private:
  struct Waiter;

  template <typename Request>
  void SubmitRequest(const Request& request, const Done& done);
  Result<Capture> Write(const Result<CaptureSpec>& spec);
  Status CheckSpace() const;
  void OnEvent(const coord::Event& event);
  void NotifyAsync(const std::string& id);
  void SchedulePoll();
  void Notify(const std::string& id);

  ServiceDeps deps_;
  const SessionLookup lookup_;
  const int64_t free_bytes_min_;
  const std::shared_ptr<LifetimeGuard> lifetime_;
  std::mutex mutex_;
  std::map<std::string, std::vector<std::shared_ptr<Waiter>>> waiters_;
  bool poll_scheduled_ = false;
  coord::EventBus::ListenerId listener_;
};

}  // namespace matinee::capture
