#include "media/session_replicator.h"

#include <pthread.h>

#include <utility>

#include "media/session_codec.h"
#include "telemetry/log.h"

namespace matinee::media {

SessionReplicator::SessionReplicator(SessionWatcher& sessions, coord::SnapshotCache& snapshot,
                                     coord::EventBus& events,
                                     std::function<std::optional<coord::Epoch>()> term)
    : sessions_(sessions),
      snapshot_(snapshot),
      events_(events),
      term_(std::move(term)),
      listener_(events_.Subscribe([this](const coord::Event& event) {
        const bool own = term_().has_value();  // The event is ours.
        if (event.kind == coord::Event::Kind::kSessionsChanged && !own) Wake();
      })) {
  sessions_.OnPolled([this] { Wake(); });
}

SessionReplicator::~SessionReplicator() {
  Stop();
  events_.Unsubscribe(listener_);
}

void SessionReplicator::Start() {
  Share();
  thread_ = std::thread([this] { Run(); });
  pthread_setname_np(thread_.native_handle(), "sharing");
}

void SessionReplicator::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void SessionReplicator::Wake() {
  {
    const std::lock_guard lock(mutex_);
    news_ = true;
  }
  wake_.notify_all();
}

void SessionReplicator::Run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    wake_.wait_for(lock, kShareInterval, [this] { return news_ || stopping_; });
    if (stopping_) return;
    news_ = false;
    lock.unlock();
    Share();
    lock.lock();
  }
}

void SessionReplicator::Share() {
  if (const auto epoch = term_()) {
    sessions_.SetPolling(true);
    Publish(*epoch);
  } else {
    Follow();
  }
}

// Publishes an event only if the sessions changed. Always writes the snapshot, since it expires.
void SessionReplicator::Publish(coord::Epoch epoch) {
  std::string text = EncodeSessions(sessions_.Snapshot());
  if (!snapshot_.Put(text, epoch))
    return;  // No longer the leader, or not connected: the lease
             // decides.
  if (text == last_published_) return;
  last_published_ = std::move(text);
  events_.PublishSessionsChanged();
}

void SessionReplicator::Follow() {
  const auto text = snapshot_.Get();
  // Without a snapshot, the leader has stopped or is not reachable: poll here.
  sessions_.SetPolling(!text || !*text);
  if (!text || !*text) return;
  auto servers = DecodeSessions(**text);
  if (servers) return sessions_.ApplySnapshot(*std::move(servers));
  LogError("media", "the session snapshot of the leader is malformed", servers.error());
}

}  // namespace matinee::media
