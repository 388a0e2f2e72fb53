#include "live/inbox.h"

#include <utility>

namespace matinee::live {

bool Inbox::Put(const coord::Event& event) {
  const std::lock_guard lock(mutex_);
  const bool was_empty = events_.empty();
  if (events_.size() >= events_max_) events_.assign(1, {coord::kResyncTopic, {}});
  events_.push_back(event);
  return was_empty;
}

std::vector<coord::Event> Inbox::TakeAll() {
  const std::lock_guard lock(mutex_);
  return std::exchange(events_, {});
}

}  // namespace matinee::live
