#include "capture/exclusive_gate.h"

namespace matinee::capture {

ExclusiveGate::Pass::Pass(ExclusiveGate& gate) : gate_(gate) {
  std::unique_lock lock(gate_.mutex_);
  gate_.changed_.wait(lock, [this] { return gate_.want_alone_ == 0; });
  ++gate_.under_way_;
}

void ExclusiveGate::Pass::MakeExclusive() {
  std::unique_lock lock(gate_.mutex_);
  if (is_alone_) return;
  is_alone_ = true;
  ++gate_.want_alone_;
  --gate_.under_way_;  // Two who wait for each other would wait for ever.
  gate_.changed_.notify_all();
  gate_.changed_.wait(lock, [this] { return gate_.under_way_ == 0; });
  ++gate_.under_way_;
}

ExclusiveGate::Pass::~Pass() {
  {
    const std::lock_guard lock(gate_.mutex_);
    --gate_.under_way_;
    if (is_alone_) --gate_.want_alone_;
  }
  gate_.changed_.notify_all();
}

bool ExclusiveGate::WaitUntilShared(std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, limit, [this] { return want_alone_ == 0; });
}

}  // namespace matinee::capture
