#include "capture/memory_gate.h"

#include <fmt/format.h>

#include <chrono>

namespace matinee::capture {
namespace {

// The cancel flag cannot wake a waiting thread.
constexpr std::chrono::milliseconds kCancelInterval{50};
// A large clip in front may take this long.
constexpr std::chrono::minutes kWaitMax{10};

std::string Gigabytes(int64_t bytes) {
  return fmt::format("{:.1f} GB", static_cast<double>(bytes) / 1e9);
}

}  // namespace

MemoryGate::Pass::~Pass() {
  if (gate_ == nullptr) return;
  {
    const std::lock_guard lock(gate_->mutex_);
    gate_->used_bytes_ -= bytes_;
  }
  gate_->changed_.notify_all();
}

// A screenshot that waits goes before clips that come later, or they would keep it out for ever.
bool MemoryGate::MayEnter(int64_t bytes, bool is_quick, uint64_t ticket) const {
  if (used_bytes_ > 0 && used_bytes_ + bytes > shared_bytes_) return false;
  return is_quick || (waiting_quick_ == 0 && waiting_clips_.front() == ticket);
}

Result<MemoryGate::Pass> MemoryGate::Enter(int64_t bytes, bool is_quick,
                                           const process::CancelFlag& cancel) {
  if (bytes > total_bytes_) {
    return Fail(Code::kMediaError,
                fmt::format("the frames of this media file are so large that a capture would need "
                            "{} of memory, and Matinee may use {}; raise its memory "
                            "limit",
                            Gigabytes(bytes), Gigabytes(total_bytes_)));
  }
  const auto deadline = std::chrono::steady_clock::now() + kWaitMax;
  std::unique_lock lock(mutex_);
  const uint64_t ticket = next_ticket_++;
  const auto place =
      is_quick ? waiting_clips_.end() : waiting_clips_.insert(waiting_clips_.end(), ticket);
  if (is_quick) ++waiting_quick_;
  bool may_enter = MayEnter(bytes, is_quick, ticket);
  while (!may_enter && !cancel.cancelled() && std::chrono::steady_clock::now() < deadline) {
    changed_.wait_for(lock, kCancelInterval);
    may_enter = MayEnter(bytes, is_quick, ticket);
  }
  if (is_quick) --waiting_quick_;
  if (!is_quick) waiting_clips_.erase(place);
  if (may_enter) used_bytes_ += bytes;
  lock.unlock();
  changed_.notify_all();  // The next in the line may fit too.
  if (may_enter) return Pass(*this, bytes);
  if (cancel.cancelled()) return Fail(Code::kCancelled, "cancelled");
  return Fail(Code::kUnavailable, "other captures use the memory that this one needs");
}

}  // namespace matinee::capture
