#include "media/session_sharing.h"

#include <pthread.h>

#include <utility>

#include "media/session_snapshot.h"
#include "telemetry/log.h"

namespace matinee::media {

SessionSharing::SessionSharing(SessionWatcher& sessions, coord::SnapshotCache& snapshot,
                               coord::EventBus& events,
                               std::function<std::optional<coord::Epoch>()> term)
    : sessions_(sessions),
      snapshot_(snapshot),
      events_(events),
      term_(std::move(term)),
      listener_(events_.Subscribe([this](const coord::Event& event) {
        const bool own = term_().has_value();  // Then we are who told.
        if (event.kind == coord::Event::Kind::kSessionsChanged && !own) Wake();
      })) {
  sessions_.OnPolled([this] { Wake(); });
}

SessionSharing::~SessionSharing() {
  Stop();
  events_.Unsubscribe(listener_);
}

void SessionSharing::Start() {
  Share();
  thread_ = std::thread([this] { Run(); });
  pthread_setname_np(thread_.native_handle(), "sharing");
}

void SessionSharing::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void SessionSharing::Wake() {
  {
    const std::lock_guard lock(mutex_);
    news_ = true;
  }
  wake_.notify_all();
}

void SessionSharing::Run() {
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

void SessionSharing::Share() {
  if (const auto epoch = term_()) {
    sessions_.SetPolling(true);
    Tell(*epoch);
  } else {
    Listen();
  }
}

// Others hear of it only if something is new; the snapshot itself is written in any case, since it
// grows old.
void SessionSharing::Tell(coord::Epoch epoch) {
  std::string text = ToText(sessions_.Snapshot());
  if (!snapshot_.Put(text, epoch))
    return;  // Not the leader any more, or out of reach: the lease
             // will tell.
  if (text == told_) return;
  told_ = std::move(text);
  events_.PublishSessionsChanged();
}

void SessionSharing::Listen() {
  const auto text = snapshot_.Get();
  // Nobody polls for us: the leader has died, or its word does not reach us.
  sessions_.SetPolling(!text || !*text);
  if (!text || !*text) return;
  auto servers = FromText(**text);
  if (servers) return sessions_.Adopt(*std::move(servers));
  LogError("media", "what the leader says of the sessions is not understood", servers.error());
}

}  // namespace matinee::media
