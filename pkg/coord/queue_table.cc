#include "coord/queue_table.h"

#include <algorithm>
#include <numeric>
#include <set>

namespace matinee::coord {
namespace {

constexpr size_t kNameBytesMax = 32;

bool IsQueueName(std::string_view name) {
  return !name.empty() && name.size() <= kNameBytesMax &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
         });
}

}  // namespace

Status CheckQueueTable(const QueueTable& queues) {
  if (queues.empty() || queues.size() > kQueuesMax) {
    return Fail(Code::kInvalidArgument,
                "there must be 1 to " + std::to_string(kQueuesMax) + " queues");
  }
  std::set<std::string_view> names;
  for (const Queue& queue : queues) {
    if (!IsQueueName(queue.name)) {
      return Fail(Code::kInvalidArgument, "\"" + queue.name + "\" is not a queue name");
    }
    if (!names.insert(queue.name).second) {
      return Fail(Code::kInvalidArgument, "there are two queues called " + queue.name);
    }
  }
  return {};
}

QueueFilter AllQueues(const QueueTable& queues) {
  QueueFilter all(queues.size());
  std::iota(all.begin(), all.end(), size_t{0});
  return all;
}

size_t PlaceOf(const QueueTable& queues, std::string_view name) {
  const auto found = std::find_if(queues.begin(), queues.end(),
                                  [name](const Queue& queue) { return queue.name == name; });
  return static_cast<size_t>(found - queues.begin());
}

}  // namespace matinee::coord
