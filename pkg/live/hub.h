// Passes the events of the bus on to the listeners: the part of the server without sockets.
//
// Thread safety: none; used by one thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "coord/event_bus.h"
#include "live/event_log.h"
#include "live/outbox.h"
#include "live/topic.h"
#include "telemetry/metrics.h"

namespace matinee::live {

// A page needs one; a home has a dozen pages open. Each costs a descriptor and its buffers.
constexpr size_t kListenersMax = 500;
// The busiest minutes of a home.
constexpr size_t kLogEventsMax = 512;
// 500 events of a capture.
constexpr size_t kOutboxBytesMax = 64 * 1024;
// The payload of an event is an id or a name; a longer one is replaced by a resync.
constexpr size_t kPayloadBytesMax = 512;
// The delay before a client reconnects.
constexpr std::chrono::milliseconds kReconnectDelay{2000};

// A client that receives events.
struct Listener {
  Outbox outbox{kOutboxBytesMax};
  // Called when something was added to the outbox. Must not call the hub.
  std::function<void()> on_message;
};

class Hub {
 public:
  // `instance`: see EventLog. `metrics` outlives the hub.
  Hub(std::vector<Topic> topics, std::string instance, Metrics& metrics);

  // Adds a listener and fills its outbox with the start of the stream and what it missed since
  // `last_event_id`: a resync if that is not known. Returns false if there are kListenersMax.
  [[nodiscard]] bool Add(Listener& listener, const std::optional<std::string>& last_event_id);
  // Does nothing for a listener that was not added.
  void Remove(Listener& listener);

  // Passes on an event of the bus, if its topic is in the table.
  void OnEvent(const coord::Event& event);
  // Queues a heartbeat for each listener that has nothing queued.
  void SendHeartbeat();

 private:
  [[nodiscard]] Message Resync() const;
  void Broadcast(const std::string& event, const std::string& data);
  void Push(Listener& listener, const Message& message);

  EventLog log_;
  std::map<std::string, std::string> events_;  // By topic.
  std::map<std::string, Counter*> sent_;       // By event.
  std::set<Listener*> listeners_;
  const Message heartbeat_;
  Metrics& metrics_;
  Counter& dropped_;
  Gauge& listener_count_;
};

}  // namespace matinee::live
