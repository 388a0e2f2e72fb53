// Replicates the playback sessions: the leader polls the media servers and publishes a snapshot,
// and the other processes follow it. While there is no readable snapshot, each process polls
// itself.
//
// Thread safety: Start and Stop from one thread.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/periodic_task.h"
#include "coord/event_bus.h"
#include "coord/state_store.h"
#include "coord/term.h"
#include "media/session_changes.h"
#include "media/session_watcher.h"

namespace matinee::media {

// What plays may have changed: the state of kSessionsState was written.
inline constexpr char kSessionsTopic[] = "sessions";
// What a page shows of it has changed (see session_changes.h). Published after the state was
// written; a follower reads it a moment later.
inline constexpr char kSessionsChangedTopic[] = "sessions_changed";
// A media server failed or recovered. The payload is its name.
inline constexpr char kMediaServerChangedTopic[] = "media_server_changed";
// The key of that state.
inline constexpr char kSessionsState[] = "sessions";

// The interval at which the snapshot is read or written when no event triggers it.
constexpr std::chrono::milliseconds kShareInterval{2000};

class SessionReplicator {
 public:
  // `term` returns the term of this process while it is the leader. All arguments outlive the
  // replicator; the watcher is not yet started, and is stopped before the replicator is destroyed.
  SessionReplicator(SessionWatcher& sessions, coord::StateStore& snapshot, coord::EventBus& events,
                    std::function<std::optional<coord::Term>()> term);
  ~SessionReplicator();  // Stop().
  SessionReplicator(const SessionReplicator&) = delete;
  SessionReplicator& operator=(const SessionReplicator&) = delete;

  // Replicates once before it returns, and then after each poll and event.
  void Start();
  void Stop();

 private:
  void Share();
  void Publish(coord::Term term);
  void PublishChanges(const std::vector<ServerSnapshot>& servers);
  void Follow();

  SessionWatcher& sessions_;
  coord::StateStore& snapshot_;
  coord::EventBus& events_;
  const std::function<std::optional<coord::Term>()> term_;
  std::string last_published_;     // Only Share uses it and the next.
  SessionChangeDetector changes_;  // Since this process published them.
  PeriodicTask task_;
  coord::EventBus::ListenerId listener_;
};

}  // namespace matinee::media
