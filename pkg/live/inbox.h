// Events on their way from the threads of the bus to the server's thread. When the server does not
// keep up, a resync replaces what is queued.
//
// Thread safety: all methods may be called from any thread.
#pragma once

#include <cstddef>
#include <mutex>
#include <vector>

#include "coord/event_bus.h"

namespace matinee::live {

class Inbox {
 public:
  explicit Inbox(size_t events_max) : events_max_(events_max) {}

  // Returns true if the inbox was empty: the reader must be woken.
  [[nodiscard]] bool Put(const coord::Event& event);
  // Removes and returns everything, in its order.
  std::vector<coord::Event> TakeAll();

 private:
  const size_t events_max_;
  std::mutex mutex_;
  std::vector<coord::Event> events_;
};

}  // namespace matinee::live
