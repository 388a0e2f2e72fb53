// One process polls the media servers for all: the leader puts what it knows where the others read
// it. While nothing can be read, each process polls for itself.
//
// Thread safety: Start and Stop from one thread.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "base/periodic_task.h"
#include "coord/event_bus.h"
#include "coord/state_store.h"
#include "coord/term.h"
#include "media/session_watcher.h"

namespace matinee::media {

// What plays may have changed: the state of kSessionsState was written.
inline constexpr char kSessionsTopic[] = "sessions";
// The key of that state.
inline constexpr char kSessionsState[] = "sessions";

// How often the snapshot is read without being told of news, and written without any.
constexpr std::chrono::milliseconds kShareInterval{2000};

class SessionReplicator {
 public:
  // `term` gives the epoch of this process while it is the leader. All outlive the sharing; the
  // watcher is not yet started, and is stopped before the sharing is destroyed.
  SessionReplicator(SessionWatcher& sessions, coord::StateStore& snapshot, coord::EventBus& events,
                    std::function<std::optional<coord::Term>()> term);
  ~SessionReplicator();  // Stop().
  SessionReplicator(const SessionReplicator&) = delete;
  SessionReplicator& operator=(const SessionReplicator&) = delete;

  // Shares once before it returns, and then with every poll or news.
  void Start();
  void Stop();

 private:
  void Share();
  void Publish(coord::Term term);
  void Follow();

  SessionWatcher& sessions_;
  coord::StateStore& snapshot_;
  coord::EventBus& events_;
  const std::function<std::optional<coord::Term>()> term_;
  std::string last_published_;  // Only Share uses it.
  PeriodicTask task_;
  coord::EventBus::ListenerId listener_;
};

}  // namespace matinee::media
