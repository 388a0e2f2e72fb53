#include "runtime/dependency_probe.h"

#include <pthread.h>

#include <utility>

namespace matinee {

DependencyProbe::DependencyProbe(std::string name, std::function<std::string()> probe)
    : name_(std::move(name)), probe_(std::move(probe)), thread_([this] { Run(); }) {
  pthread_setname_np(thread_.native_handle(), "health");
}

DependencyProbe::~DependencyProbe() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void DependencyProbe::Run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    asking_ = true;
    asked_at_ = std::chrono::steady_clock::now();
    lock.unlock();
    std::string problem = probe_();
    lock.lock();
    asking_ = false;
    problem_ = std::move(problem);
    wake_.wait_for(lock, kHealthInterval, [this] { return stopping_; });
  }
}

std::string DependencyProbe::problem() const {
  const std::lock_guard lock(mutex_);
  if (asking_ && std::chrono::steady_clock::now() - asked_at_ > kHealthAnswer) {
    return name_ + " does not answer";
  }
  return problem_;
}

}  // namespace matinee
