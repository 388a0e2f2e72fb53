// Knows what is playing: polls all media servers and keeps the newest answer of each.
//
// Each server has a thread of its own, so that one which hangs or fails changes nothing for the
// others. A server that fails keeps its last sessions for kKeepFailedFor and is asked less often.
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

constexpr std::chrono::milliseconds kPollInterval{2000};
constexpr std::chrono::milliseconds kFailedPollIntervalMax{10000};
// A server that restarts is back within half a minute; what was playing still is, or soon is not.
constexpr std::chrono::seconds kKeepFailedFor{30};

// How long to wait before a server is asked again after `failures` failures in a row: `interval`,
// doubled for each failure up to kFailedPollIntervalMax, and that times 0.8 to 1.2 (`random` in
// [0, 1)). The jitter is no politeness: players report at fixed intervals, and polls at fixed
// intervals would always see the reports equally late (see position_anchor.h).
std::chrono::milliseconds PollDelay(std::chrono::milliseconds interval, int failures,
                                    double random);

struct ServerStatus {
  enum class State { kUnknown, kUp, kDown };

  std::string name;
  MediaServerType source = MediaServerType::kPlex;
  State state = State::kUnknown;  // kUnknown until the first answer or failure.
  std::string error;              // Why it is down and how to mend it; empty otherwise.
  std::optional<WallTime> last_success;
};
std::string_view ToString(ServerStatus::State state);  // "unknown", "up", "down"

// A server, and what plays there. Times are those of a clock that all processes share.
struct ServerSnapshot {
  ServerStatus status;
  std::vector<PlaybackSession> sessions;
};

class SessionWatcher {
 public:
  // `done` gets the session, or nothing if there is none of this id.
  using Done = std::function<void(std::optional<PlaybackSession>)>;

  // Everything passed by reference must outlive the watcher.
  SessionWatcher(std::vector<std::unique_ptr<MediaServer>> servers,
                 std::chrono::milliseconds poll_interval, const Clock& clock, Metrics& metrics,
                 TimerQueue& timers);
  ~SessionWatcher();  // Stop().
  SessionWatcher(const SessionWatcher&) = delete;
  SessionWatcher& operator=(const SessionWatcher&) = delete;

  // `callback` is called after each poll, on the thread of the server that was polled, which polls
  // no further until it returns.
  void OnPolled(const std::function<void()>& callback);

  void Start();
  // Answers all waiting FreshSession calls, ends the threads. Takes as long as a poll that is under
  // way, at most kSessionsTimeMax. May be called twice.
  void Stop();

  // On, which it is at first: every server is polled. Off: only by FreshSession, and Adopt tells
  // the rest.
  void SetPolling(bool polling);
  // What there is to tell to another process, and what another told. Servers that are not in the
  // settings of this one are left out, older news too.
  [[nodiscard]] std::vector<ServerSnapshot> Snapshot() const;
  void ApplySnapshot(std::vector<ServerSnapshot> servers);

  // The newest snapshot, sorted by server (in the order of the settings) and title. No I/O.
  [[nodiscard]] std::vector<PlaybackSession> Sessions() const;

  // Has the server of this session polled now and passes on what it says; what the snapshot says
  // after `limit`, or if the server fails. A session that the server no longer knows is gone. An
  // unknown id is looked for on all servers of its kind. Calls that wait together share one poll.
  //
  // Returns at once. `done` is called exactly once, on a server's thread, the timers' or the one
  // that calls Stop (after Stop: the caller's), and must not block.
  void FreshSession(const std::string& session_id, std::chrono::milliseconds limit, Done done);

  // In the order of the settings.
  [[nodiscard]] std::vector<ServerStatus> Status() const;

  // The servers themselves, in the order of the settings, for pictures. They live as long as this.
  [[nodiscard]] std::vector<MediaServer*> Servers() const;

 private:
  struct Core;
  std::shared_ptr<Core> core_;
};

}  // namespace matinee::media
