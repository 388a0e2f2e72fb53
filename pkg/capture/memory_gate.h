// Keeps the memory of all running FFmpegs below a limit: a job whose estimate does not fit beside
// the running ones waits until they have ended, so that a very large one runs exclusively.
//
// Screenshots and posters pass clips that wait: they end soon, and a person waits for them. Clips
// do not pass each other.
//
// Thread safety: all methods may be called from any thread.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <list>
#include <mutex>
#include <utility>

#include "base/result.h"
#include "process/process_runner.h"

namespace matinee::capture {

class MemoryGate {
 public:
  // Held while the job runs.
  class Pass {
   public:
    Pass(MemoryGate& gate, int64_t bytes) : gate_(&gate), bytes_(bytes) {}
    Pass(Pass&& other) noexcept
        : gate_(std::exchange(other.gate_, nullptr)), bytes_(other.bytes_) {}
    Pass& operator=(Pass&&) = delete;
    ~Pass();

   private:
    MemoryGate* gate_;
    int64_t bytes_;
  };

  // Jobs together get `shared_bytes`; one with nothing beside it gets up to `total_bytes`, since
  // estimates are rather high.
  MemoryGate(int64_t shared_bytes, int64_t total_bytes)
      : shared_bytes_(shared_bytes), total_bytes_(total_bytes) {}

  // Waits until `bytes` more fit. Fails with kMediaError and a sentence if they never will,
  // kCancelled, kUnavailable (after ten minutes).
  Result<Pass> Enter(int64_t bytes, bool is_quick, const process::CancelFlag& cancel);

 private:
  [[nodiscard]] bool MayEnter(int64_t bytes, bool is_quick, uint64_t ticket) const;

  const int64_t shared_bytes_;
  const int64_t total_bytes_;
  std::mutex mutex_;
  std::condition_variable changed_;
  int64_t used_bytes_ = 0;
  uint64_t next_ticket_ = 0;
  int waiting_quick_ = 0;
  std::list<uint64_t> waiting_clips_;  // The first came first.
};

}  // namespace matinee::capture
