// Asks now and then whether something can be reached, so that whoever wants to know is answered at
// once, also while the question hangs.
//
// Thread safety: problem() from any thread; the rest from one.
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/periodic_task.h"

namespace matinee {

// How often. Kubernetes asks every 10 s by default.
constexpr std::chrono::milliseconds kHealthInterval{1000};
// A question that takes longer has failed.
constexpr std::chrono::milliseconds kHealthAnswer{2000};

class HealthWatch {
 public:
  // `probe` gives the reason why it cannot be reached, or ""; asked on a thread of the watch.
  // `name` says in a sentence who does not answer.
  // `clock` outlives the watch.
  HealthWatch(std::string name, std::function<std::string()> probe, const Clock& clock);
  ~HealthWatch() = default;  // Waits for a question that is under way.
  HealthWatch(const HealthWatch&) = delete;
  HealthWatch& operator=(const HealthWatch&) = delete;

  // The reason, or "".
  [[nodiscard]] std::string problem() const;

 private:
  void Probe();

  const std::string name_;
  const std::function<std::string()> probe_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  bool asking_ = true;
  MonoTime asked_at_;
  std::string problem_ = "starting";
  PeriodicTask task_;
};

}  // namespace matinee
