// Competes for the lease of the leader, and knows whether this process is the leader.
//
// Thread safety: Start and Stop from one thread; term() from any.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "base/clock.h"
#include "base/periodic_task.h"
#include "base/result.h"
#include "coord/lease.h"
#include "coord/term.h"

namespace matinee::coord {

// Keeps the last term of leadership in the database, where writes of older terms are refused.
struct TermStore {
  std::function<Result<Term>()> last;
  std::function<Status(Term)> advance;  // kConflict unless the term is higher than the last one.
};

class LeaderElector {
 public:
  // `lease` and `clock` must outlive it.
  LeaderElector(Lease& lease, TermStore terms, const Clock& clock);
  ~LeaderElector();  // Stop().
  LeaderElector(const LeaderElector&) = delete;
  LeaderElector& operator=(const LeaderElector&) = delete;

  // Tries once before it returns, so that a single process is the leader at once; then every
  // kLeaseInterval.
  void Start();
  // Releases the lease.
  void Stop();

  // Renews or acquires the lease once. Called by the thread; exposed for tests.
  void Try();

  // The term of this process while it is certainly the leader: it was at the last try, and its
  // lease cannot have expired since.
  [[nodiscard]] std::optional<Term> term() const;

 private:
  Result<std::optional<Term>> Acquire();

  Lease& lease_;
  const TermStore terms_;
  const Clock& clock_;
  Term begun_ = kNoTerm;  // The term that is stored. Only Try uses it.

  mutable std::mutex mutex_;
  std::optional<Term> term_;
  MonoTime until_;
  PeriodicTask task_;  // Last: it uses everything above.
};

}  // namespace matinee::coord
