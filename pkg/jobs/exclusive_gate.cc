#include "jobs/exclusive_gate.h"

namespace matinee::jobs {

ExclusiveGate::Pass::Pass(ExclusiveGate& gate) : gate_(gate) {
  std::unique_lock lock(gate_.mutex_);
  gate_.changed_.wait(lock, [this] { return gate_.exclusive_ == 0; });
  ++gate_.in_progress_;
}

void ExclusiveGate::Pass::MakeExclusive() {
  std::unique_lock lock(gate_.mutex_);
  if (is_exclusive_) return;
  is_exclusive_ = true;
  ++gate_.exclusive_;
  --gate_.in_progress_;  // Two suspects that wait for each other would deadlock.
  gate_.changed_.notify_all();
  gate_.changed_.wait(lock, [this] { return gate_.in_progress_ == 0; });
  ++gate_.in_progress_;
}

ExclusiveGate::Pass::~Pass() {
  {
    const std::lock_guard lock(gate_.mutex_);
    --gate_.in_progress_;
    if (is_exclusive_) --gate_.exclusive_;
  }
  gate_.changed_.notify_all();
}

bool ExclusiveGate::WaitUntilShared(std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, limit, [this] { return exclusive_ == 0; });
}

}  // namespace matinee::jobs
