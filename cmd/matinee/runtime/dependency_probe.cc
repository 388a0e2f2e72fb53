#include "runtime/dependency_probe.h"

#include <utility>

namespace matinee {

DependencyProbe::DependencyProbe(std::string name, std::function<std::string()> probe,
                                 const Clock& clock)
    : name_(std::move(name)),
      probe_(std::move(probe)),
      clock_(clock),
      started_at_(clock.Mono()),
      task_("health", kHealthInterval, [this] { Probe(); }) {
  task_.Start();
}

void DependencyProbe::Probe() {
  {
    const std::lock_guard lock(mutex_);
    in_progress_ = true;
    started_at_ = clock_.Mono();
  }
  std::string problem = probe_();
  const std::lock_guard lock(mutex_);
  in_progress_ = false;
  problem_ = std::move(problem);
}

std::string DependencyProbe::problem() const {
  const std::lock_guard lock(mutex_);
  if (in_progress_ && clock_.Mono() - started_at_ > kHealthAnswer)
    return name_ + " does not answer";
  return problem_;
}

}  // namespace matinee
