// A topic of the event bus that clients may see, under the name of an event.
#pragma once

#include <string>

namespace matinee::live {

struct Topic {
  std::string topic;  // Of coord::EventBus; the payload is the id in the event's data, or empty.
  std::string event;  // Of the stream, e.g. "capture_changed".
};

}  // namespace matinee::live
