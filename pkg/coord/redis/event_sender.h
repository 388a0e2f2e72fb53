// Sends events to Redis on a thread of its own, so that nobody waits for a slow one. Internal to
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
#include "coord/redis/link.h"

namespace matinee::coord::redis {

// Some seconds of the busiest household while Redis is slow. More are dropped, and the others told
// that they missed something.
constexpr size_t kEventsWaitingMax = 1000;

class EventSender {
 public:
  explicit EventSender(Link& link);  // `link` must outlive it.
  ~EventSender();                    // Sends what waits if Redis takes it at once.

  void Send(const Event& event);

 private:
  void Loop();
  Status Publish(const std::deque<std::string>& messages);

  Link& link_;
  Pipeline pipeline_;  // Of its own: a burst of events does not delay jobs.

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> waiting_;
  bool dropped_ = false;
  bool stopping_ = false;
  std::once_flag started_;
  std::thread thread_;
};

}  // namespace matinee::coord::redis
