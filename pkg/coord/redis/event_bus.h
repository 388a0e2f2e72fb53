// The EventBus in Redis, by a channel that all processes publish to. Internal to this package: see
// MakeRedis.
//
// Listeners of this process hear an event on the publishing thread, at once and without Redis; its
// echo from Redis is left out.
//
// Thread safety: as EventBus.
#pragma once

#include <memory>

#include "coord/event_bus.h"
#include "coord/local/event_bus.h"
#include "coord/redis/event_sender.h"
#include "coord/redis/event_subscriber.h"
#include "coord/redis/link.h"

namespace matinee::coord {

class RedisEventBus final : public EventBus {
 public:
  explicit RedisEventBus(std::shared_ptr<redis::Link> link);

  void Publish(const Event& event) override;
  ListenerId Subscribe(Listener listener) override;
  void Unsubscribe(ListenerId id) override;

 private:
  const std::shared_ptr<redis::Link> link_;
  LocalEventBus local_;
  redis::EventSender sender_;
  redis::EventSubscriber subscriber_;
};

}  // namespace matinee::coord
