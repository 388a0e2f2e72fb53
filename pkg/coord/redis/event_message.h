// Events as they go through Redis: "<sender> <topic>" or "<sender> <topic> <payload>", as in
// version 0.1.0. Pure. Internal to this package.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "coord/event_bus.h"

namespace matinee::coord::redis {

struct EventMessage {
  std::string_view sender;  // Into the decoded text.
  Event event;
};

// `sender` holds no space. An event that cannot be sent (IsTopic, kEventPayloadBytesMax) becomes a
// resync.
std::string EncodeEvent(std::string_view sender, const Event& event);
// Nothing for a malformed message.
std::optional<EventMessage> DecodeEvent(std::string_view text);

}  // namespace matinee::coord::redis
