// Replicates the playback sessions: the leader polls the media servers and publishes a snapshot,
// and the other processes follow it. While there is no readable snapshot, each process polls
// itself.
//
// Thread safety: Start and Stop from one thread.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "coord/epoch.h"
#include "coord/event_bus.h"
#include "coord/snapshot_cache.h"
#include "media/session_watcher.h"

namespace matinee::media {

// The interval at which the snapshot is read or written when no event triggers it.
constexpr std::chrono::milliseconds kShareInterval{2000};

class SessionReplicator {
 public:
  // `term` returns the term of this process while it is the leader. All arguments outlive the
  // replicator; the watcher is not yet started, and is stopped before the replicator is destroyed.
  SessionReplicator(SessionWatcher& sessions, coord::SnapshotCache& snapshot,
                    coord::EventBus& events, std::function<std::optional<coord::Epoch>()> term);
  ~SessionReplicator();  // Stop().
  SessionReplicator(const SessionReplicator&) = delete;
  SessionReplicator& operator=(const SessionReplicator&) = delete;

  // Replicates once before it returns, and then after each poll and event.
  void Start();
  void Stop();

 private:
  void Run();
  void Wake();
  void Share();
  void Publish(coord::Epoch epoch);
  void Follow();

  SessionWatcher& sessions_;
  coord::SnapshotCache& snapshot_;
  coord::EventBus& events_;
  const std::function<std::optional<coord::Epoch>()> term_;
  std::string last_published_;  // Only Share uses it.

  std::mutex mutex_;
  std::condition_variable wake_;
  bool news_ = false;
  bool stopping_ = false;
  std::thread thread_;
  coord::EventBus::ListenerId listener_;
};

}  // namespace matinee::media
