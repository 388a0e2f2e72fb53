// Publishes events between processes. An event says only what has changed. It may be lost, and is
// not kept for later subscribers, so a listener also polls now and then.
//
// Thread safety: all methods may be called from any thread. Listeners are called on the publishing
// thread or on a thread of the bus, with no lock held, and must be quick.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace matinee::coord {

// The topic of a resync: events may have been lost, so everything must be read again. Listeners of
// every topic receive it. (The word is that of 0.1.0 in Redis.)
inline constexpr char kResyncTopic[] = "missed";

// A longer event is replaced by a resync.
constexpr size_t kEventPayloadBytesMax = 8192;

struct Event {
  std::string topic;    // Lower-case letters, digits, '_', '/', '-', at most 128 bytes.
  std::string payload;  // Any bytes; often the id of a row.

  [[nodiscard]] bool IsResync() const { return topic == kResyncTopic; }
};

// Returns whether the topic is valid.
bool IsTopic(const std::string& topic);

class EventBus {
 public:
  using ListenerId = uint64_t;
  using Listener = std::function<void(const Event& event)>;

  virtual ~EventBus() = default;
  // Returns at once; an event that cannot be sent is lost, and other processes receive a resync.
  // Listeners of this process receive the event in any case.
  virtual void Publish(const Event& event) = 0;
  // `listener` receives the events of `topic` (of every topic, if it is empty), and resyncs.
  virtual ListenerId Subscribe(const std::string& topic, Listener listener) = 0;
  // After it returns, the listener is not called again (unless called from a listener itself).
  virtual void Unsubscribe(ListenerId id) = 0;
};

}  // namespace matinee::coord
