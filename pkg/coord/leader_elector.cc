#include "coord/leader_elector.h"

#include <algorithm>
#include <utility>

#include "telemetry/log.h"

namespace matinee::coord {
namespace {

constexpr const char* kLogger = "leader";
// Our clock may run a little slower than the one that the lease expires by.
constexpr std::chrono::milliseconds kMargin{500};

}  // namespace

LeaderElector::LeaderElector(Lease& lease, TermStore terms, const Clock& clock)
    : lease_(lease),
      terms_(std::move(terms)),
      clock_(clock),
      task_("leader", kLeaseInterval, [this] { Try(); }) {}

LeaderElector::~LeaderElector() {
  Stop();
}

void LeaderElector::Start() {
  Try();
  task_.Start(kLeaseInterval);
}

void LeaderElector::Stop() {
  task_.Stop();
  if (term()) lease_.Release();
  const std::lock_guard lock(mutex_);
  term_.reset();
}

// The term of the lease, once it is stored. A term that the database refuses is released: the next
// one is higher, since the database says from where to count.
Result<std::optional<Term>> LeaderElector::Acquire() {
  TRY_ASSIGN(const Term floor, begun_ != kNoTerm ? Result<Term>(begun_) : terms_.last());
  TRY_ASSIGN(const std::optional<Term> held, lease_.Acquire(floor));
  if (!held || *held == begun_) return held;
  if (const Status stored = terms_.advance(*held); !stored) {
    begun_ = kNoTerm;
    lease_.Release();
    return Fail(stored.error());
  }
  begun_ = *held;
  Log(Severity::kInfo, kLogger, "this process is the leader", {{"term", *held}});
  return held;
}

void LeaderElector::Try() {
  const MonoTime tried_at = clock_.Mono();
  const Result<std::optional<Term>> held = Acquire();
  const std::lock_guard lock(mutex_);
  if (!held) return;  // Unknown: the last answer holds until the lease expires.
  if (term_ && !*held) Log(Severity::kWarn, kLogger, "another process is the leader now");
  if (!*held) begun_ = kNoTerm;
  term_ = *held;
  until_ = tried_at + kLeaseTime - kMargin;
}

std::optional<Term> LeaderElector::term() const {
  const std::lock_guard lock(mutex_);
  if (!term_ || clock_.Mono() > until_) return std::nullopt;
  return term_;
}

}  // namespace matinee::coord
