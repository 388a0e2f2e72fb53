// What a role needs before it can start.
#pragma once

#include <string>

#include "base/result.h"
#include "runtime/settings.h"

namespace matinee {

struct Needs {
  // The database is SQLite, and coordination stays inside this process. Otherwise the role shares
  // PostgreSQL and Redis with other processes.
  bool one_process = false;
  bool database = false;
  bool redis = false;                // Or, in one process, what replaces it.
  bool ready_without_redis = false;  // /readyz does not ask for Redis.
  bool files = false;                // CAPTURE_DIR.
  bool ffmpeg = false;
  bool edge = false;  // nginx listens at HOST:PORT.
  // The role serves requests: once it is not ready it goes on for DRAIN_DELAY, so that clients can
  // go elsewhere.
  bool drain_delay = false;
  // A folder below DATA_DIR ("": DATA_DIR itself) that no other process may use; null without.
  const char* lock = nullptr;
};

// Refuses settings that contradict the needs of `matinee <role>`, in a sentence for the person who
// started it.
Status CheckNeeds(const std::string& role, const Needs& needs, const Settings& settings);

}  // namespace matinee
