#include "coord/local/event_bus.h"

#include <algorithm>
#include <utility>

namespace matinee::coord {
namespace {

bool Matches(const std::string& topic, const Event& event) {
  return topic.empty() || event.topic == topic || event.IsResync();
}

}  // namespace

void LocalEventBus::Publish(const Event& event) {
  const std::thread::id self = std::this_thread::get_id();
  std::unique_lock lock(mutex_);
  std::vector<ListenerId> ids;  // Later subscriptions do not receive this event.
  ids.reserve(listeners_.size());
  for (const auto& entry : listeners_) ids.push_back(entry.first);
  for (const ListenerId id : ids) {
    const auto entry = listeners_.find(id);
    if (entry == listeners_.end()) continue;
    // Shared, so that a listener which unsubscribes itself does not destroy itself while it runs.
    std::shared_ptr<const Subscription> subscription = entry->second;
    if (!Matches(subscription->topic, event)) continue;
    running_.emplace_back(self, id);
    lock.unlock();
    subscription->listener(event);
    subscription.reset();
    lock.lock();
    running_.erase(std::find(running_.begin(), running_.end(), std::pair(self, id)));
    finished_.notify_all();
  }
}

EventBus::ListenerId LocalEventBus::Subscribe(const std::string& topic, Listener listener) {
  auto shared = std::make_shared<const Subscription>(Subscription{topic, std::move(listener)});
  const std::lock_guard lock(mutex_);
  const ListenerId id = next_id_++;
  listeners_.emplace(id, std::move(shared));
  return id;
}

void LocalEventBus::Unsubscribe(ListenerId id) {
  std::shared_ptr<const Subscription> removed;  // Destroyed after the lock is released.
  std::unique_lock lock(mutex_);
  const auto entry = listeners_.find(id);
  if (entry != listeners_.end()) {
    removed = std::move(entry->second);
    listeners_.erase(entry);
  }
  const std::thread::id self = std::this_thread::get_id();
  const bool inside_listener = std::any_of(running_.begin(), running_.end(),
                                           [self](const auto& call) { return call.first == self; });
  if (inside_listener) return;
  finished_.wait(lock, [this, id] {
    return std::none_of(running_.begin(), running_.end(),
                        [id](const auto& call) { return call.second == id; });
  });
}

}  // namespace matinee::coord
