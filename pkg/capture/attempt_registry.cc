#include "capture/attempt_registry.h"

namespace matinee::capture {

std::shared_ptr<process::CancelFlag> AttemptRegistry::Begin(const std::string& id) {
  auto flag = std::make_shared<process::CancelFlag>();
  const std::lock_guard lock(mutex_);
  return entries_.emplace(id, Entry{flag}).second ? flag : nullptr;
}

void AttemptRegistry::Claimed(const std::string& id, int attempt) {
  const std::lock_guard lock(mutex_);
  if (const auto entry = entries_.find(id); entry != entries_.end()) {
    entry->second.attempt = attempt;
  }
}

void AttemptRegistry::End(const std::string& id) {
  const std::lock_guard lock(mutex_);
  entries_.erase(id);
}

void AttemptRegistry::Cancel(const std::string& id) {
  const std::lock_guard lock(mutex_);
  if (const auto entry = entries_.find(id); entry != entries_.end()) entry->second.flag->Cancel();
}

void AttemptRegistry::CancelAll() {
  const std::lock_guard lock(mutex_);
  for (const auto& [id, entry] : entries_) entry.flag->Cancel();
}

std::map<std::string, int> AttemptRegistry::Attempts() const {
  const std::lock_guard lock(mutex_);
  std::map<std::string, int> attempts;
  for (const auto& [id, entry] : entries_) {
    if (entry.attempt > 0) attempts.emplace(id, entry.attempt);
  }
  return attempts;
}

size_t AttemptRegistry::count() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

}  // namespace matinee::capture
