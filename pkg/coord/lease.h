// A lease is held by one process at a time, which alone may lead, for example, or own a room.
//
// A lease expires kLeaseTime after it was last acquired, by the clock of its store.
//
// Thread safety: all methods may be called from any thread.
#pragma once

#include <chrono>
#include <optional>

#include "base/result.h"
#include "coord/term.h"

namespace matinee::coord {

constexpr std::chrono::milliseconds kLeaseTime{6000};
// How often a holder renews its lease, and others try to acquire it.
constexpr std::chrono::milliseconds kLeaseInterval{1500};

class Lease {
 public:
  virtual ~Lease() = default;
  // Acquires or renews the lease for kLeaseTime from now; returns the term, which is higher than
  // `floor` and than all before. Nothing if another process holds it. Fails with kUnavailable: then
  // the holder is unknown, and a holder keeps its lease until it expires.
  virtual Result<std::optional<Term>> Acquire(Term floor) = 0;
  // Lets another process acquire it at once.
  virtual void Release() = 0;
};

}  // namespace matinee::coord
