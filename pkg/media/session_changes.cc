#include "media/session_changes.h"

#include <cmath>
#include <utility>

namespace matinee::media {
namespace {

bool LooksTheSame(const PlaybackSession& before, PlaybackSession now) {
  const double expected = before.PositionAt(now.position_at);
  if (std::abs(now.position_seconds - expected) > kSeekSecondsMin) return false;
  now.position_seconds = before.position_seconds;
  now.position_at = before.position_at;
  return now == before;
}

}  // namespace

SessionChanges SessionChangeDetector::Observe(const std::vector<ServerSnapshot>& servers) {
  SessionChanges changes;
  for (const ServerSnapshot& server : servers) {
    ServerStatus& known = servers_[server.status.name];
    if (known.state != server.status.state || known.error != server.status.error) {
      changes.servers.push_back(server.status.name);
    }
    known = server.status;
  }
  changes.sessions = ObserveSessions(servers);
  return changes;
}

// A session that did not change keeps its old position, so that a slow drift is noticed in the end.
bool SessionChangeDetector::ObserveSessions(const std::vector<ServerSnapshot>& servers) {
  bool changed = false;
  std::map<std::string, PlaybackSession> now;
  for (const ServerSnapshot& server : servers) {
    for (const PlaybackSession& session : server.sessions) {
      const auto known = sessions_.find(session.session_id);
      const bool same = known != sessions_.end() && LooksTheSame(known->second, session);
      now.insert_or_assign(session.session_id, same ? known->second : session);
      changed = changed || !same;
    }
  }
  changed = changed || now.size() != sessions_.size();
  sessions_ = std::move(now);
  return changed;
}

}  // namespace matinee::media
