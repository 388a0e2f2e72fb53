#include "capture/running.h"

namespace matinee::capture {

std::shared_ptr<process::CancelFlag> Running::Begin(const std::string& id) {
  auto flag = std::make_shared<process::CancelFlag>();
  const std::lock_guard lock(mutex_);
  return entries_.emplace(id, Entry{flag}).second ? flag : nullptr;
}

void Running::Claimed(const std::string& id, int attempt) {
  const std::lock_guard lock(mutex_);
  if (const auto entry = entries_.find(id); entry != entries_.end()) {
    entry->second.attempt = attempt;
  }
}

void Running::End(const std::string& id) {
  const std::lock_guard lock(mutex_);
  entries_.erase(id);
}

void Running::Cancel(const std::string& id) {
  const std::lock_guard lock(mutex_);
  if (const auto entry = entries_.find(id); entry != entries_.end()) entry->second.flag->Cancel();
}

void Running::CancelAll() {
  const std::lock_guard lock(mutex_);
  for (const auto& [id, entry] : entries_) entry.flag->Cancel();
}

bool Running::Has(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  return entries_.contains(id);
}

std::map<std::string, int> Running::Attempts() const {
  const std::lock_guard lock(mutex_);
  std::map<std::string, int> attempts;
  for (const auto& [id, entry] : entries_) {
    if (entry.attempt > 0) attempts.emplace(id, entry.attempt);
  }
  return attempts;
}

size_t Running::count() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

}  // namespace matinee::capture
