#include <algorithm>

#include "coord/event_bus.h"

namespace matinee::coord {

bool IsTopic(const std::string& topic) {
  constexpr size_t kTopicBytesMax = 128;
  return !topic.empty() && topic.size() <= kTopicBytesMax &&
         std::all_of(topic.begin(), topic.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '/' ||
                  c == '-';
         });
}

}  // namespace matinee::coord
