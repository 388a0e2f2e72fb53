// The EventBus in Redis, by a channel that all processes publish to. Internal to this package: see
// ConnectRedis.
//
// Listeners of this process receive an event on the publishing thread, at once and without Redis;
// its echo from Redis is dropped.
//
// Thread safety: as EventBus.
#pragma once

#include <memory>
#include <string>

#include "coord/event_bus.h"
#include "coord/local/event_bus.h"
#include "coord/redis/event_sender.h"
#include "coord/redis/event_subscriber.h"
#include "coord/redis/redis_context.h"

namespace matinee::coord {

class RedisEventBus final : public EventBus {
 public:
  explicit RedisEventBus(std::shared_ptr<redis::RedisContext> context);

  void Publish(const Event& event) override;
  ListenerId Subscribe(const std::string& topic, Listener listener) override;
  void Unsubscribe(ListenerId id) override;

 private:
  const std::shared_ptr<redis::RedisContext> context_;
  LocalEventBus local_;
  redis::EventSender sender_;
  redis::EventSubscriber subscriber_;
};

}  // namespace matinee::coord
