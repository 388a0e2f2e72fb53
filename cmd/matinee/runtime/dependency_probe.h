// Probes a dependency periodically, so that its state is available at once, also while a probe
// hangs.
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

// How often. Kubernetes probes every 10 s by default.
constexpr std::chrono::milliseconds kHealthInterval{1000};
// A probe that takes longer has failed.
constexpr std::chrono::milliseconds kHealthAnswer{2000};

class DependencyProbe {
 public:
  // `probe` returns the reason why the dependency is unreachable, or ""; it runs on a dedicated
  // thread. `name` is the dependency's name in the problem. `clock` outlives the probe.
  DependencyProbe(std::string name, std::function<std::string()> probe, const Clock& clock);
  ~DependencyProbe() = default;  // Waits for a probe in progress.
  DependencyProbe(const DependencyProbe&) = delete;
  DependencyProbe& operator=(const DependencyProbe&) = delete;

  // Returns the reason, or "".
  [[nodiscard]] std::string problem() const;

 private:
  void Probe();

  const std::string name_;
  const std::function<std::string()> probe_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  bool in_progress_ = true;
  MonoTime started_at_;
  std::string problem_ = "starting";
  PeriodicTask task_;
};

}  // namespace matinee
