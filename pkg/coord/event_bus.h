// Tells whoever waits that something changed. An event says only what to look at again; nothing is
// kept for those who were not listening, so whoever waits also looks by itself now and then.
//
// Thread safety: all methods may be called from any thread. Listeners are called on the publishing
// thread or on one of the bus's own, with no lock held, and must be quick.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace matinee::coord {

struct Event {
  enum class Kind {
    kCaptureChanged,   // The row of `capture_id`.
    kSessionsChanged,  // What is playing.
    kMissed,           // Events may have been lost: look at everything again.
  };
  Kind kind = Kind::kMissed;
  std::string capture_id;  // Of kCaptureChanged.
};

class EventBus {
 public:
  using ListenerId = uint64_t;
  using Listener = std::function<void(const Event& event)>;

  virtual ~EventBus() = default;
  // Returns at once; an event that cannot be sent is lost. Listeners of this process hear of it in
  // any case.
  virtual void Publish(const Event& event) = 0;
  virtual ListenerId Subscribe(Listener listener) = 0;
  // After it returns, the listener is not called again (unless called from a listener itself).
  virtual void Unsubscribe(ListenerId id) = 0;

  void PublishCaptureChanged(const std::string& capture_id) {
    Publish({Event::Kind::kCaptureChanged, capture_id});
  }
  void PublishSessionsChanged() { Publish({Event::Kind::kSessionsChanged, {}}); }
};

}  // namespace matinee::coord
