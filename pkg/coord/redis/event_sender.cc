#include "coord/redis/event_sender.h"

#include <algorithm>

#include "coord/redis/event_message.h"

namespace matinee::coord::redis {

EventSender::EventSender(RedisContext& context)
    : context_(context),
      pipeline_(context.dialer, context.timeouts.connect_time, context.timeouts.command_time,
                context.metrics) {}

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
    if (queued_.size() >= kEventsQueuedMax) {
      dropped_ = true;
      return;
    }
    queued_.push_back(EncodeEvent(context_.name, event));
  }
  changed_.notify_one();
}

void EventSender::Loop() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || dropped_ || !queued_.empty(); });
    if (!dropped_ && queued_.empty()) return;
    std::deque<std::string> messages;
    messages.swap(queued_);
    if (dropped_) messages.push_back(EncodeEvent(context_.name, {kResyncTopic, {}}));
    dropped_ = false;
    lock.unlock();
    const Status sent = Publish(messages);
    lock.lock();
    if (sent) continue;
    if (stopping_) return;
    dropped_ = true;
    lock.unlock();
    const auto pause = std::max(context_.dialer.RetryDelay(), context_.timeouts.backoff_min);
    lock.lock();
    changed_.wait_for(lock, pause, [this] { return stopping_; });
  }
}

Status EventSender::Publish(const std::deque<std::string>& messages) {
  std::vector<std::vector<std::string>> commands;
  commands.reserve(messages.size());
  for (const std::string& message : messages) {
    commands.push_back({"PUBLISH", context_.keys.events, message});
  }
  return pipeline_.CallAll("publish", commands);
}

}  // namespace matinee::coord::redis
