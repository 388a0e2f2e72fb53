// Lets one job run with nothing beside it: what was running at several deaths of its worker may be
// what killed it, and shall take nobody else along.
//
// Thread safety: all methods may be called from any thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace matinee::capture {

class ExclusiveGate {
 public:
  // A job is under way while one of these lives; waits while another job runs alone.
  class Pass {
   public:
    explicit Pass(ExclusiveGate& gate);
    ~Pass();
    Pass(const Pass&) = delete;
    Pass& operator=(const Pass&) = delete;

    // From here on alone: waits until all others have ended, and keeps new ones from beginning.
    void MakeExclusive();

   private:
    ExclusiveGate& gate_;
    bool is_alone_ = false;
  };

  // Until nobody is alone, or waits to be; false if somebody still is after `limit`.
  bool WaitUntilShared(std::chrono::milliseconds limit);

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int under_way_ = 0;
  int want_alone_ = 0;  // Those who wait, and the one who is.
};

}  // namespace matinee::capture
