#include "health_watch.h"

#include <utility>

namespace matinee {

HealthWatch::HealthWatch(std::string name, std::function<std::string()> probe, const Clock& clock)
    : name_(std::move(name)),
      probe_(std::move(probe)),
      clock_(clock),
      asked_at_(clock.Mono()),
      task_("health", kHealthInterval, [this] { Probe(); }) {
  task_.Start();
}

void HealthWatch::Probe() {
  {
    const std::lock_guard lock(mutex_);
    asking_ = true;
    asked_at_ = clock_.Mono();
  }
  std::string problem = probe_();
  const std::lock_guard lock(mutex_);
  asking_ = false;
  problem_ = std::move(problem);
}

std::string HealthWatch::problem() const {
  const std::lock_guard lock(mutex_);
  if (asking_ && clock_.Mono() - asked_at_ > kHealthAnswer) return name_ + " does not answer";
  return problem_;
}

}  // namespace matinee
