#include "coord/redis/event_message.h"

#include "coord/redis/entry.h"

namespace matinee::coord::redis {
namespace {

constexpr std::string_view kCapture = "capture ";
constexpr std::string_view kSessions = "sessions";
constexpr std::string_view kMissed = "missed";

}  // namespace

std::string EncodeEvent(std::string_view sender, const Event& event) {
  std::string text = std::string(sender) + " ";
  switch (event.kind) {
    case Event::Kind::kCaptureChanged:
      return text.append(kCapture).append(event.capture_id);
    case Event::Kind::kSessionsChanged:
      return text.append(kSessions);
    case Event::Kind::kMissed:
      break;
  }
  return text.append(kMissed);
}

std::optional<EventMessage> DecodeEvent(std::string_view text) {
  const size_t space = text.find(' ');
  if (space == 0 || space == std::string_view::npos) return std::nullopt;
  EventMessage message{.sender = text.substr(0, space), .event = {}};
  const std::string_view rest = text.substr(space + 1);
  if (rest.starts_with(kCapture) && IsCaptureId(rest.substr(kCapture.size()))) {
    message.event = {Event::Kind::kCaptureChanged, std::string(rest.substr(kCapture.size()))};
  } else if (rest == kSessions) {
    message.event.kind = Event::Kind::kSessionsChanged;
  } else if (rest == kMissed) {
    message.event.kind = Event::Kind::kMissed;
  } else {
    return std::nullopt;
  }
  return message;
}

}  // namespace matinee::coord::redis
