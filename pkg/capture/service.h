// What the API asks of captures: make one, wait for it, stop it, try it again, remove it.
//
// A capture is a committed row before anybody works on it; the queue only wakes a worker. Nothing
// here holds a thread while it waits for a media server or for FFmpeg.
//
// Thread safety: all methods may be called from any thread. Callbacks come exactly once, before the
// method returns or later from a thread of the executor, the timers or the lookup; those that still
// wait when the service is destroyed come from its destructor, with kUnavailable.
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
#include "capture/file_store.h"
#include "capture/plan.h"
#include "capture/store.h"
#include "coord/event_bus.h"
#include "coord/job_queue.h"
#include "media/playback_session.h"

namespace matinee::capture {

// How long a capture waits for a media server to say where the viewer is right now, before it takes
// the last snapshot instead. The picture is the same in nearly all cases: positions are
// extrapolated.
constexpr std::chrono::milliseconds kFreshSessionWait{500};

// Events may get lost: whoever waits is looked after this often without one.
constexpr std::chrono::milliseconds kPollInterval{1000};

// Asks for the freshest state of a session; see media::SessionWatcher::FreshSession.
using SessionLookup =
    std::function<void(const std::string& session_id, std::chrono::milliseconds limit,
                       std::function<void(std::optional<media::PlaybackSession>)> done)>;

// What the service works with; all of it outlives the service, and may call it back late.
struct ServiceDeps {
  Store& store;
  FileStore& files;
  coord::JobQueue& queue;
  coord::EventBus& events;
  Executor& executor;
  TimerQueue& timers;
  const Clock& clock;
};

class Service {
 public:
  using Done = std::function<void(Result<Capture>)>;

  // `free_bytes_min`: captures are refused while less is free.
  Service(ServiceDeps deps, SessionLookup lookup, int64_t free_bytes_min);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  // `done` gets the capture as soon as it is safely written down and queued (or the one that the
  // same request made before), or kInvalidArgument, kNotFound (no such session), kConflict (cannot
  // be captured), kInsufficientStorage, kUnavailable.
  void Submit(const ScreenshotRequest& request, const Done& done);
  void Submit(const ClipRequest& request, const Done& done);

  // `done` gets the capture once it is over, or as it then is after `limit`; kNotFound if it is
  // deleted meanwhile.
  void AwaitTerminal(const std::string& id, std::chrono::milliseconds limit, Done done);

  Result<Capture> Get(const std::string& id);
  // Stops it and keeps the row. kNotFound, kConflict.
  Result<Capture> Cancel(const std::string& id);
  // Puts a failed or cancelled capture into the queue again. kNotFound, kConflict.
  Result<Capture> Retry(const std::string& id);
  // Stops it, removes its files and its row (those of one that is running when it has ended).
  // kNotFound.
  Status Delete(const std::string& id);

 private:
  struct Waiter;

  template <typename Request>
  void SubmitRequest(const Request& request, const Done& done);
  Result<Capture> Write(const Result<CaptureSpec>& spec);
  void EnqueueJob(const Capture& capture);
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
  bool poll_scheduled_ = false;  // A timer is set to.
  coord::EventBus::ListenerId listener_;
};

}  // namespace matinee::capture
