#include "live/outbox.h"

namespace matinee::live {

bool Outbox::Push(const Message& message) {
  if (bytes_ + message->size() > bytes_max_) return false;
  bytes_ += message->size();
  queued_.push_back(message);
  return true;
}

size_t Outbox::ReplaceAll(const Message& message) {
  const size_t dropped = queued_.size();
  queued_.assign(1, message);
  bytes_ = message->size();
  return dropped;
}

std::vector<Message> Outbox::TakeAll() {
  std::vector<Message> all(queued_.begin(), queued_.end());
  queued_.clear();
  bytes_ = 0;
  return all;
}

}  // namespace matinee::live
