// What the leader knows and all others read: the sessions that play now, as text.
//
// Thread safety: all methods may be called from any thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/result.h"
#include "coord/epoch.h"

namespace matinee::coord {

// A snapshot that nobody has replaced for so long says nothing any more.
constexpr std::chrono::seconds kSnapshotLife{30};

class SnapshotCache {
 public:
  virtual ~SnapshotCache() = default;
  // Fails with kConflict if a leader of a later epoch has come, kUnavailable if out of reach.
  virtual Status Put(const std::string& snapshot, Epoch epoch) = 0;
  // Nothing if there is none, or none that is younger than kSnapshotLife. Fails with kUnavailable.
  virtual Result<std::optional<std::string>> Get() = 0;
};

}  // namespace matinee::coord
