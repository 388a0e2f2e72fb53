// Who does what only one may do: poll the media servers, sweep.
//
// A lease ends by itself kLeaseTime after it was last held, on the clock of where it is kept.
//
// Thread safety: all methods may be called from any thread.
#pragma once

#include <chrono>
#include <optional>

#include "base/result.h"
#include "coord/epoch.h"

namespace matinee::coord {

constexpr std::chrono::milliseconds kLeaseTime{6000};
// How often a leader says that it still is one, and the others ask whether they can be.
constexpr std::chrono::milliseconds kLeaseInterval{1500};

class LeaderLease {
 public:
  virtual ~LeaderLease() = default;
  // Becomes the leader, or stays it, for kLeaseTime from now; gives the epoch of the term, which is
  // higher than `floor` and than all before. Nothing if another is the leader. Fails with
  // kUnavailable: then nobody knows, and a leader is one until its time is over.
  virtual Result<std::optional<Epoch>> Hold(Epoch floor) = 0;
  // Lets another be the leader at once.
  virtual void Release() = 0;
};

}  // namespace matinee::coord
