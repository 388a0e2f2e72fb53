#include "media/session_replicator.h"

#include <pthread.h>

#include <utility>

#include "media/session_codec.h"
#include "telemetry/log.h"

namespace matinee::media {

SessionReplicator::SessionReplicator(SessionWatcher& sessions, coord::StateStore& snapshot,
                                     coord::EventBus& events,
                                     std::function<std::optional<coord::Term>()> term)
    : sessions_(sessions),
      snapshot_(snapshot),
      events_(events),
      term_(std::move(term)),
      listener_(events_.Subscribe(kSessionsTopic, [this](const coord::Event& event) {
        const bool own = term_().has_value();  // Then we are who told.
        if (!event.IsResync() && !own) Wake();
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
  if (const auto term = term_()) {
    sessions_.SetPolling(true);
    Publish(*term);
  } else {
    Follow();
  }
}

// Others hear of it only if something is new; the snapshot itself is written in any case, since it
// grows old.
void SessionReplicator::Publish(coord::Term term) {
  std::string text = EncodeSessions(sessions_.Snapshot());
  if (!snapshot_.Put(text, term))
    return;  // Not the leader any more, or out of reach: the lease
             // will tell.
  if (text == last_published_) return;
  last_published_ = std::move(text);
  events_.Publish({kSessionsTopic, {}});
}

void SessionReplicator::Follow() {
  const auto text = snapshot_.Get();
  // Nobody polls for us: the leader has died, or its word does not reach us.
  sessions_.SetPolling(!text || !*text);
  if (!text || !*text) return;
  auto servers = DecodeSessions(**text);
  if (servers) return sessions_.ApplySnapshot(*std::move(servers));
  LogError("media", "what the leader says of the sessions is not understood", servers.error());
}

}  // namespace matinee::media
