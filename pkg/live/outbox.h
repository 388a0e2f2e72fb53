// The messages that one listener has not received yet, within a limit of bytes.
//
// Thread safety: none; used by one thread.
#pragma once

#include <cstddef>
#include <deque>
#include <vector>

#include "live/event_stream.h"

namespace matinee::live {

class Outbox {
 public:
  explicit Outbox(size_t bytes_max) : bytes_max_(bytes_max) {}

  // Returns false, and adds nothing, if the limit would be exceeded.
  [[nodiscard]] bool Push(const Message& message);
  // Drops everything queued in favour of `message`. Returns how many messages were dropped.
  size_t ReplaceAll(const Message& message);
  // Removes and returns everything queued, in its order.
  std::vector<Message> TakeAll();

  [[nodiscard]] bool empty() const { return queued_.empty(); }

 private:
  const size_t bytes_max_;
  size_t bytes_ = 0;
  std::deque<Message> queued_;
};

}  // namespace matinee::live
