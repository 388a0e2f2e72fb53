#include "live/hub.h"

#include <utility>

namespace matinee::live {
namespace {

Message MakeMessage(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

}  // namespace

Hub::Hub(std::vector<Topic> topics, std::string instance, Metrics& metrics)
    : log_(std::move(instance), kLogEventsMax),
      heartbeat_(MakeMessage(EncodeHeartbeat())),
      metrics_(metrics),
      dropped_(metrics.GetCounter("matinee_live_dropped_total",
                                  "Events that a client did not read in time; it got a resync.")),
      listener_count_(metrics.GetGauge("matinee_live_listeners", "Open event streams.")) {
  topics.push_back({coord::kResyncTopic, std::string(kResyncEvent)});
  for (Topic& topic : topics) {
    sent_[topic.event] = &metrics_.GetCounter("matinee_live_events_total",
                                              "Events that were passed on to the open streams.",
                                              {{"event", topic.event}});
    events_[std::move(topic.topic)] = std::move(topic.event);
  }
}

bool Hub::Add(Listener& listener, const std::optional<std::string>& last_event_id) {
  if (listeners_.size() >= kListenersMax) return false;
  listeners_.insert(&listener);
  listener_count_.Set(static_cast<double>(listeners_.size()));
  if (!last_event_id) {
    Push(listener, MakeMessage(EncodeStart(kReconnectDelay, log_.LastId())));
    return true;
  }
  const auto missed = log_.After(*last_event_id);
  Push(listener, MakeMessage(EncodeStart(kReconnectDelay, missed ? *last_event_id : "")));
  if (!missed) Push(listener, Resync());
  for (const Message& message : missed.value_or(std::vector<Message>())) Push(listener, message);
  return true;
}

void Hub::Remove(Listener& listener) {
  listeners_.erase(&listener);
  listener_count_.Set(static_cast<double>(listeners_.size()));
}

void Hub::OnEvent(const coord::Event& event) {
  const auto known = events_.find(event.topic);
  if (known == events_.end()) return;
  if (event.payload.size() > kPayloadBytesMax) return Broadcast(std::string(kResyncEvent), "{}");
  Broadcast(known->second, EventData(event.IsResync() ? "" : event.payload));
}

void Hub::SendHeartbeat() {
  for (Listener* listener : listeners_) {
    if (listener->outbox.empty()) Push(*listener, heartbeat_);
  }
}

void Hub::Broadcast(const std::string& event, const std::string& data) {
  const Message message = log_.Append(event, data);
  sent_.at(event)->Add();
  for (Listener* listener : listeners_) Push(*listener, message);
}

// For one listener: it counts as up to date then.
Message Hub::Resync() const {
  return MakeMessage(EncodeEvent(log_.LastId(), kResyncEvent, EventData("")));
}

// A client that does not read gets one resync instead of everything that is queued for it.
void Hub::Push(Listener& listener, const Message& message) {
  if (!listener.outbox.Push(message)) {
    const size_t dropped = listener.outbox.ReplaceAll(Resync());
    dropped_.Add(static_cast<double>(dropped + 1));
  }
  listener.on_message();
}

}  // namespace matinee::live
