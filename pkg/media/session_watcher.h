// Polls all media servers and keeps the latest playback sessions of each.
//
// Each server has a dedicated thread, so that one which hangs or fails does not affect the others.
// A server that fails keeps its last sessions for kKeepFailedFor and is polled less often.
//
// Thread safety: OnPolled before Start; Start and Stop from one thread; all else from any
// thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/timer_queue.h"
#include "media/media_server.h"
#include "media/playback_session.h"
#include "telemetry/metrics.h"

namespace matinee::media {

constexpr std::chrono::milliseconds kFailedPollIntervalMax{10000};
// A server restarts within half a minute; most sessions continue after it.
constexpr std::chrono::seconds kKeepFailedFor{30};

// The delay before the next poll after `failures` consecutive failures: `interval`, doubled for
// each failure up to kFailedPollIntervalMax, times 0.8 to 1.2 (`random` in [0, 1)). The jitter is
// needed: players report at fixed intervals, and polls at fixed intervals would always see the
// reports equally late (see position_estimator.h).
std::chrono::milliseconds PollDelay(std::chrono::milliseconds interval, int failures,
                                    double random);

struct ServerStatus {
  enum class State { kUnknown, kUp, kDown };

  std::string name;
  MediaServerType source = MediaServerType::kPlex;
  State state = State::kUnknown;  // kUnknown until the first response or failure.
  std::string error;              // Why it is down and how to fix it; empty otherwise.
  std::optional<WallTime> last_success;
  // Entries of its last answer that are not shown because they have no id. A few seconds in a
  // player's life are normal; a server that always has them is too old or modified.
  size_t sessions_without_id = 0;
};
std::string_view ToString(ServerStatus::State state);  // "unknown", "up", "down"

// A server and its playback sessions. Times are of a clock that all processes share.
struct ServerSnapshot {
  ServerStatus status;
  std::vector<PlaybackSession> sessions;
};

class SessionWatcher {
 public:
  // `done` receives the session, or nullopt if there is none with this id.
  using Done = std::function<void(std::optional<PlaybackSession>)>;

  // Everything passed by reference must outlive the watcher.
  SessionWatcher(std::vector<std::unique_ptr<MediaServer>> servers,
                 std::chrono::milliseconds poll_interval, const Clock& clock, Metrics& metrics,
                 TimerQueue& timers);
  ~SessionWatcher();  // Stop().
  SessionWatcher(const SessionWatcher&) = delete;
  SessionWatcher& operator=(const SessionWatcher&) = delete;

  // `callback` is called after each poll, on the thread of the polled server; the next poll waits
  // for it.
  void OnPolled(const std::function<void()>& callback);

  void Start();
  // Completes all waiting FreshSession calls and stops the threads. Waits for polls in progress, at
  // most kSessionsTimeMax. May be called twice.
  void Stop();

  // On (the default): every server is polled at the interval. Off: only by FreshSession, and
  // ApplySnapshot supplies the rest.
  void SetPolling(bool polling);
  // The state to send to other processes, and the state received from one. ApplySnapshot ignores
  // servers that are not in the settings of this process, and older state.
  [[nodiscard]] std::vector<ServerSnapshot> Snapshot() const;
  void ApplySnapshot(std::vector<ServerSnapshot> servers);

  // The newest snapshot, sorted by server (in the order of the settings) and title. No I/O.
  [[nodiscard]] std::vector<PlaybackSession> Sessions() const;

  // Polls the server of this session now and passes on the result; after `limit`, or if the server
  // fails, the snapshot's session. An unknown id is searched on all servers of its type. Concurrent
  // calls share one poll.
  //
  // Returns at once. `done` is called exactly once, on a server's thread, the timer thread or the
  // thread that calls Stop (after Stop: the caller's), and must not block.
  void FreshSession(const std::string& session_id, std::chrono::milliseconds limit, Done done);

  // In the order of the settings.
  [[nodiscard]] std::vector<ServerStatus> Status() const;

  // The servers, in the order of the settings, for images. Valid as long as the watcher.
  [[nodiscard]] std::vector<MediaServer*> Servers() const;

 private:
  struct Core;
  const std::unique_ptr<Core> core_;
};

}  // namespace matinee::media
