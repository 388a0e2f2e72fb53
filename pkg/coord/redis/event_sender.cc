#include "coord/redis/event_sender.h"

#include <algorithm>

#include "coord/redis/event_message.h"

namespace matinee::coord::redis {

EventSender::EventSender(Link& link)
    : link_(link),
      pipeline_(link.dialer, link.times.connect_time, link.times.command_time, link.metrics) {}

EventSender::~EventSender() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void EventSender::Send(const Event& event) {
  std::call_once(started_, [this] { thread_ = std::thread([this] { Loop(); }); });
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= kEventsWaitingMax) {
      dropped_ = true;
      return;
    }
    waiting_.push_back(EncodeEvent(link_.name, event));
  }
  changed_.notify_one();
}

void EventSender::Loop() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || dropped_ || !waiting_.empty(); });
    if (!dropped_ && waiting_.empty()) return;
    std::deque<std::string> messages;
    messages.swap(waiting_);
    if (dropped_) messages.push_back(EncodeEvent(link_.name, {Event::Kind::kMissed, {}}));
    dropped_ = false;
    lock.unlock();
    const Status sent = Publish(messages);
    lock.lock();
    if (sent) continue;
    if (stopping_) return;
    dropped_ = true;
    lock.unlock();
    const auto pause = std::max(link_.dialer.Patience(), link_.times.backoff_min);
    lock.lock();
    changed_.wait_for(lock, pause, [this] { return stopping_; });
  }
}

Status EventSender::Publish(const std::deque<std::string>& messages) {
  std::vector<std::vector<std::string>> commands;
  commands.reserve(messages.size());
  for (const std::string& message : messages) {
    commands.push_back({"PUBLISH", link_.keys.events, message});
  }
  return pipeline_.CallAll("publish", commands);
}

}  // namespace matinee::coord::redis
