// Runs a suspect job exclusively: a job that was running each time its worker crashed may be the
// cause, and must not take other jobs down.
//
// Thread safety: all methods may be called from any thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace matinee::jobs {

class ExclusiveGate {
 public:
  // Held by each job while it runs. The constructor waits while a job is exclusive.
  class Pass {
   public:
    explicit Pass(ExclusiveGate& gate);
    ~Pass();
    Pass(const Pass&) = delete;
    Pass& operator=(const Pass&) = delete;

    // Makes this job exclusive until the end of the pass: waits until all others have ended, and
    // keeps new ones from starting.
    void MakeExclusive();

   private:
    ExclusiveGate& gate_;
    bool is_exclusive_ = false;
  };

  // Waits until no job is exclusive or waits to be; returns false after `limit`.
  bool WaitUntilShared(std::chrono::milliseconds limit);

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int in_progress_ = 0;
  int exclusive_ = 0;  // Jobs that are exclusive, or wait to be.
};

}  // namespace matinee::jobs
