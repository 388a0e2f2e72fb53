#include "media/session_replicator.h"

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
      task_("replicator", kShareInterval, [this] { Share(); }),
      listener_(events_.Subscribe(kSessionsTopic, [this](const coord::Event& event) {
        const bool own = term_().has_value();  // The event of this process.
        if (!event.IsResync() && !own) task_.Wake();
      })) {
  sessions_.OnPolled([this] { task_.Wake(); });
}

SessionReplicator::~SessionReplicator() {
  Stop();
  events_.Unsubscribe(listener_);
}

void SessionReplicator::Start() {
  Share();
  task_.Start(kShareInterval);
}

void SessionReplicator::Stop() {
  task_.Stop();
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
