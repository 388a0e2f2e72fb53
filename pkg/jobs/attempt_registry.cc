#include "jobs/attempt_registry.h"

namespace matinee::jobs {

std::shared_ptr<process::CancelFlag> AttemptRegistry::Begin(const std::string& kind,
                                                            const std::string& id) {
  auto flag = std::make_shared<process::CancelFlag>();
  const std::lock_guard lock(mutex_);
  return running_.emplace(Key(kind, id), Running{{kind, id}, flag}).second ? flag : nullptr;
}

void AttemptRegistry::Claimed(const std::string& kind, const std::string& id, int attempt) {
  const std::lock_guard lock(mutex_);
  if (const auto found = running_.find({kind, id}); found != running_.end()) {
    found->second.entry.attempt = attempt;
  }
}

void AttemptRegistry::End(const std::string& kind, const std::string& id) {
  const std::lock_guard lock(mutex_);
  running_.erase({kind, id});
}

void AttemptRegistry::Cancel(const std::string& kind, const std::string& id, int attempt) {
  const std::lock_guard lock(mutex_);
  const auto found = running_.find({kind, id});
  if (found == running_.end() || found->second.entry.attempt != attempt) return;
  found->second.flag->Cancel();
}

void AttemptRegistry::CancelAll() {
  const std::lock_guard lock(mutex_);
  for (const auto& [key, running] : running_) running.flag->Cancel();
}

std::vector<AttemptRegistry::Entry> AttemptRegistry::Attempts() const {
  const std::lock_guard lock(mutex_);
  std::vector<Entry> attempts;
  for (const auto& [key, running] : running_) {
    if (running.entry.attempt > 0) attempts.push_back(running.entry);
  }
  return attempts;
}

size_t AttemptRegistry::count() const {
  const std::lock_guard lock(mutex_);
  return running_.size();
}

}  // namespace matinee::jobs
