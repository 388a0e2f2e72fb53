#include "coord/redis/event_message.h"

namespace matinee::coord::redis {

std::string EncodeEvent(std::string_view sender, const Event& event) {
  std::string text = std::string(sender) + " ";
  if (!IsTopic(event.topic) || event.payload.size() > kEventPayloadBytesMax) {
    return text.append(kResyncTopic);
  }
  text.append(event.topic);
  if (!event.payload.empty()) text.append(" ").append(event.payload);
  return text;
}

std::optional<EventMessage> DecodeEvent(std::string_view text) {
  const size_t space = text.find(' ');
  if (space == 0 || space == std::string_view::npos) return std::nullopt;
  EventMessage message{.sender = text.substr(0, space), .event = {}};
  const std::string_view rest = text.substr(space + 1);
  const size_t end = rest.find(' ');
  message.event.topic = rest.substr(0, end);
  if (end != std::string_view::npos) message.event.payload = rest.substr(end + 1);
  if (!IsTopic(message.event.topic)) return std::nullopt;
  if (message.event.payload.size() > kEventPayloadBytesMax) return std::nullopt;
  return message;
}

}  // namespace matinee::coord::redis
