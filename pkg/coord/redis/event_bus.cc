#include "coord/redis/event_bus.h"

#include <utility>

namespace matinee::coord {

RedisEventBus::RedisEventBus(std::shared_ptr<redis::RedisContext> context)
    : context_(std::move(context)),
      sender_(*context_),
      subscriber_(*context_, [this](const Event& event) { local_.Publish(event); }) {}

void RedisEventBus::Publish(const Event& event) {
  sender_.Send(event);
  local_.Publish(event);
}

EventBus::ListenerId RedisEventBus::Subscribe(const std::string& topic, Listener listener) {
  const ListenerId id = local_.Subscribe(topic, std::move(listener));
  subscriber_.Start();
  return id;
}

void RedisEventBus::Unsubscribe(ListenerId id) {
  local_.Unsubscribe(id);
}

}  // namespace matinee::coord
