// Receives the events of other processes on a separate thread. Internal to this package.
//
// Thread safety: all methods may be called from any thread.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "base/clock.h"
#include "base/result.h"
#include "coord/event_bus.h"
#include "coord/redis/connection.h"
#include "coord/redis/redis_context.h"

namespace matinee::coord::redis {

class EventSubscriber {
 public:
  // `context` must outlive it. `on_event` is called on the thread: with each event of another
  // process, and with a resync whenever the subscription was lost and made again.
  EventSubscriber(RedisContext& context, std::function<void(const Event&)> on_event);
  ~EventSubscriber();

  // Starts the thread, the first time. Returns when subscribed, or when that is not possible now:
  // then a resync follows, so that a listener that waited for Start misses nothing.
  void Start();

 private:
  void Loop();
  Result<std::unique_ptr<Connection>> Subscribe();
  // Until the connection is lost, the events come on another channel, or it is time to stop.
  Status Listen(Connection& connection);
  bool HasOtherChannel();
  Status ReadMessages(Connection& connection);
  void Sleep(std::chrono::milliseconds time) const;

  RedisContext& context_;
  const std::function<void(const Event&)> on_event_;
  const int stopping_;  // A descriptor that becomes readable.

  std::string channel_;  // Only the thread uses it.

  std::mutex mutex_;
  std::condition_variable changed_;
  bool tried_ = false;  // Whether a subscription was tried once.
  std::once_flag started_;
  std::thread thread_;
};

}  // namespace matinee::coord::redis
