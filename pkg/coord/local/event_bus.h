// The EventBus inside one process.
//
// Thread safety: as EventBus. A listener may publish, subscribe and unsubscribe. Unsubscribe waits
// for calls of that listener which run on other threads; called from inside a listener it does not
// wait, since two listeners that unsubscribe each other would wait for ever.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "coord/event_bus.h"

namespace matinee::coord {

class LocalEventBus final : public EventBus {
 public:
  void Publish(const Event& event) override;
  ListenerId Subscribe(const std::string& topic, Listener listener) override;
  void Unsubscribe(ListenerId id) override;

 private:
  struct Subscription {
    std::string topic;  // Empty: every topic.
    Listener listener;
  };
  std::mutex mutex_;
  std::condition_variable finished_;
  std::map<ListenerId, std::shared_ptr<const Subscription>> listeners_;
  std::vector<std::pair<std::thread::id, ListenerId>> running_;  // Calls in progress.
  ListenerId next_id_ = 1;
};

}  // namespace matinee::coord
