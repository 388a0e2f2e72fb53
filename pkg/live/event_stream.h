// Encodes server-sent events (HTML Living Standard, section 9.2).
//
// Thread safety: pure functions.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace matinee::live {

// The bytes of one message, shared by the queues of all listeners.
using Message = std::shared_ptr<const std::string>;

// The event that says: events may have been missed, request everything again.
inline constexpr std::string_view kResyncEvent = "resync";

// An event. `event` and `id` contain no line breaks.
std::string EncodeEvent(std::string_view id, std::string_view event, std::string_view data);
// The beginning of a stream: the delay before a reconnect and, if not empty, the id that the client
// sends as Last-Event-ID if it receives no event.
std::string EncodeStart(std::chrono::milliseconds retry, std::string_view last_id);
// Keeps the connection open; clients ignore it.
std::string EncodeHeartbeat();

// The data of an event about the row or server `id`: {"id":"…"}, or {} without an id.
std::string EventData(std::string_view id);

}  // namespace matinee::live
