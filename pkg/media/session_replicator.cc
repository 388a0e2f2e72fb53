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

// Publishes an event only if the sessions changed. Always writes the snapshot, since it expires.
void SessionReplicator::Publish(coord::Term term) {
  const std::vector<ServerSnapshot> servers = sessions_.Snapshot();
  std::string text = EncodeSessions(servers);
  // If it fails: no longer the leader, or not connected. The lease decides.
  if (!snapshot_.Put(text, term)) return;
  if (text == last_published_) return;
  last_published_ = std::move(text);
  events_.Publish({kSessionsTopic, {}});
  PublishChanges(servers);
}

void SessionReplicator::PublishChanges(const std::vector<ServerSnapshot>& servers) {
  const SessionChanges changes = changes_.Observe(servers);
  if (changes.sessions) events_.Publish({kSessionsChangedTopic, {}});
  for (const std::string& name : changes.servers) {
    events_.Publish({kMediaServerChangedTopic, name});
  }
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
