#include "coord/redis/event_bus.h"

#include <utility>

namespace matinee::coord {

RedisEventBus::RedisEventBus(std::shared_ptr<redis::Link> link)
    : link_(std::move(link)),
      sender_(*link_),
      subscriber_(*link_, [this](const Event& event) { local_.Publish(event); }) {}

void RedisEventBus::Publish(const Event& event) {
  sender_.Send(event);
  local_.Publish(event);
}

EventBus::ListenerId RedisEventBus::Subscribe(Listener listener) {
  const ListenerId id = local_.Subscribe(std::move(listener));
  subscriber_.Start();
  return id;
}

void RedisEventBus::Unsubscribe(ListenerId id) {
  local_.Unsubscribe(id);
}

}  // namespace matinee::coord
