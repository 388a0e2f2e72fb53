// Tells whoever waits that something changed. An event says only what to look at again; nothing is
// kept for those who were not listening.
//
// Thread safety: all methods may be called from any thread. Listeners are called on the publishing
// thread, with no lock held, and must be quick.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace matinee::coord {

class EventBus {
 public:
  using ListenerId = uint64_t;
  using Listener = std::function<void(const std::string& capture_id)>;

  virtual ~EventBus() = default;
  virtual void PublishCaptureChanged(const std::string& capture_id) = 0;
  virtual ListenerId Subscribe(Listener listener) = 0;
  // After it returns, the listener is not called again (unless called from a listener itself).
  virtual void Unsubscribe(ListenerId id) = 0;
};

}  // namespace matinee::coord
