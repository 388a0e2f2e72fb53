// Finds what a page would show differently: a session that began, ended, was paused or sought, a
// media server that failed or recovered. A position that moves on is not a change, as the page
// extrapolates it.
//
// Thread safety: none; used by one thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "media/session_watcher.h"

namespace matinee::media {

// A position that differs by more from the extrapolated one is a seek. Estimates of a position
// differ by less (see position_estimator.h).
constexpr double kSeekSecondsMin = 3;

struct SessionChanges {
  bool sessions = false;             // Any of them.
  std::vector<std::string> servers;  // Names of those whose state or error changed.
};

class SessionChangeDetector {
 public:
  // Returns the changes since the last call; at the first one, everything there is.
  SessionChanges Observe(const std::vector<ServerSnapshot>& servers);

 private:
  bool ObserveSessions(const std::vector<ServerSnapshot>& servers);

  std::map<std::string, ServerStatus> servers_;      // By name.
  std::map<std::string, PlaybackSession> sessions_;  // By id, as of their last change.
};

}  // namespace matinee::media
