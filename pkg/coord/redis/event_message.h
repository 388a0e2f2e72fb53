// Events as they go through Redis: "<sender> capture <id>", "<sender> sessions", "<sender> missed".
// Pure. Internal to this package.
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

// `sender` holds no space.
std::string EncodeEvent(std::string_view sender, const Event& event);
// Nothing for what no Matinee has sent, or one that is newer.
std::optional<EventMessage> DecodeEvent(std::string_view text);

}  // namespace matinee::coord::redis
