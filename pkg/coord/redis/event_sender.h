// Sends events to Redis on a separate thread, so that no publisher waits for Redis. Internal to
// this package.
//
// Thread safety: all methods may be called from any thread.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "coord/event_bus.h"
#include "coord/redis/redis_context.h"

namespace matinee::coord::redis {

// Some seconds of the busiest household while Redis is slow. Further events are dropped, and a
// resync is sent.
constexpr size_t kEventsQueuedMax = 1000;

class EventSender {
 public:
  explicit EventSender(RedisContext& context);  // `context` must outlive it.
  ~EventSender();                               // Sends what is queued, if Redis answers at once.

  void Send(const Event& event);

 private:
  void Loop();
  Status Publish(const std::deque<std::string>& messages);

  RedisContext& context_;
  Pipeline pipeline_;  // A separate one: a burst of events does not delay jobs.

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> queued_;
  bool dropped_ = false;
  bool stopping_ = false;
  std::once_flag started_;
  std::thread thread_;
};

}  // namespace matinee::coord::redis
