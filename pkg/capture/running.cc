#include "capture/running.h"

namespace matinee::capture {

std::shared_ptr<process::CancelFlag> Running::Begin(const std::string& id) {
  auto flag = std::make_shared<process::CancelFlag>();
  const std::lock_guard lock(mutex_);
  return flags_.emplace(id, flag).second ? flag : nullptr;
}

void Running::End(const std::string& id) {
  const std::lock_guard lock(mutex_);
  flags_.erase(id);
}

void Running::Cancel(const std::string& id) {
  const std::lock_guard lock(mutex_);
  if (const auto entry = flags_.find(id); entry != flags_.end()) entry->second->Cancel();
}

void Running::CancelAll() {
  const std::lock_guard lock(mutex_);
  for (const auto& [id, flag] : flags_) flag->Cancel();
}

bool Running::Has(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  return flags_.contains(id);
}

size_t Running::count() const {
  const std::lock_guard lock(mutex_);
  return flags_.size();
}

}  // namespace matinee::capture
