// Hears the events of other processes on a thread of its own. Internal to this package.
//
// Thread safety: all methods may be called from any thread.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <thread>

#include "base/clock.h"
#include "base/result.h"
#include "coord/event_bus.h"
#include "coord/redis/connection.h"
#include "coord/redis/link.h"

namespace matinee::coord::redis {

class EventSubscriber {
 public:
  // `link` must outlive it. `hear` is called on the thread: with each event of another process, and
  // with kMissed whenever we are subscribed again after we were not.
  EventSubscriber(Link& link, std::function<void(const Event&)> hear);
  ~EventSubscriber();

  // From the first time on, the thread runs. Returns when we are subscribed, or cannot be for now:
  // then there will be a kMissed, so that nobody who waits for Start misses anything.
  void Start();

 private:
  void Loop();
  Result<std::unique_ptr<Connection>> Subscribe();
  // Until the connection is lost, or it is time to stop.
  Status Listen(Connection& connection);
  Status ReadMessages(Connection& connection);
  void Sleep(std::chrono::milliseconds time) const;

  Link& link_;
  const std::function<void(const Event&)> hear_;
  const int stopping_;  // A descriptor that becomes readable.

  std::mutex mutex_;
  std::condition_variable changed_;
  bool tried_ = false;  // Whether we have tried to subscribe once.
  std::once_flag started_;
  std::thread thread_;
};

}  // namespace matinee::coord::redis
