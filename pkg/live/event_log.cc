#include "live/event_log.h"

#include <charconv>
#include <utility>

namespace matinee::live {
namespace {

// Only decimal digits, as IdOf writes them.
std::optional<uint64_t> ParseNumber(std::string_view text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

EventLog::EventLog(std::string instance, size_t events_max)
    : instance_(std::move(instance)), events_max_(events_max) {}

Message EventLog::Append(std::string_view event, std::string_view data) {
  ++last_;
  auto message = std::make_shared<const std::string>(EncodeEvent(LastId(), event, data));
  events_.push_back(message);
  if (events_.size() > events_max_) events_.pop_front();
  return message;
}

std::string EventLog::LastId() const {
  return IdOf(last_);
}

std::string EventLog::IdOf(uint64_t number) const {
  return instance_ + "." + std::to_string(number);
}

std::optional<std::vector<Message>> EventLog::After(std::string_view id) const {
  if (!id.starts_with(instance_ + ".")) return std::nullopt;
  const auto number = ParseNumber(id.substr(instance_.size() + 1));
  if (!number || *number > last_ || last_ - *number > events_.size()) return std::nullopt;
  const auto missed = static_cast<std::ptrdiff_t>(last_ - *number);
  return std::vector<Message>(events_.end() - missed, events_.end());
}

}  // namespace matinee::live
