// A lease: what only one process may do at a time, e.g. lead, or own one room.
//
// A lease ends by itself kLeaseTime after it was last acquired, by the clock of where it is kept.
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
  // the holder is not known, and a holder stays one until its time is over.
  virtual Result<std::optional<Term>> Acquire(Term floor) = 0;
  // Lets another process acquire it at once.
  virtual void Release() = 0;
};

}  // namespace matinee::coord
