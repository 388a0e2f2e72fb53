// The newest events, so that a client that reconnects receives what it missed.
//
// Thread safety: none; used by one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "live/event_stream.h"

namespace matinee::live {

class EventLog {
 public:
  // An id is "<instance>.<number>". `instance` differs at each start of each process: the numbers
  // of another one mean other events.
  EventLog(std::string instance, size_t events_max);

  // Adds an event and returns its bytes. The oldest one is dropped when the log is full.
  Message Append(std::string_view event, std::string_view data);

  // The id of the newest event; of none, "<instance>.0".
  [[nodiscard]] std::string LastId() const;

  // The events after the one with this id. Nullopt if that is not known: the id is of another
  // instance, malformed, of the future, or so old that events after it were dropped.
  [[nodiscard]] std::optional<std::vector<Message>> After(std::string_view id) const;

 private:
  [[nodiscard]] std::string IdOf(uint64_t number) const;

  const std::string instance_;
  const size_t events_max_;
  uint64_t last_ = 0;
  std::deque<Message> events_;  // Numbers last_ - events_.size() + 1 to last_.
};

}  // namespace matinee::live
