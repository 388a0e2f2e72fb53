#include "coord/redis/stream_entry.h"

#include <algorithm>

#include "base/strings.h"

namespace matinee::coord::redis {
namespace {

using std::chrono::microseconds;

// The first half of an entry's id is when it was added, in milliseconds.
microseconds AddedAt(std::string_view id) {
  const auto time = ParseInt(id.substr(0, id.find('-')));
  constexpr int64_t kLatest = int64_t{1} << 50;  // Ids can be made by hand, up to 2^64.
  return std::chrono::milliseconds(std::clamp<int64_t>(time.value_or(0), 0, kLatest));
}

}  // namespace

std::optional<std::string_view> FindField(const Reply& fields, std::string_view name) {
  for (size_t i = 0; i + 1 < fields.items.size(); i += 2) {
    if (fields.items[i].text == name) return fields.items[i + 1].text;
  }
  return std::nullopt;
}

std::optional<Job> ReadJob(const std::string& queue, const Reply& fields) {
  if (fields.items.size() < 2) return std::nullopt;
  Job job{.queue = queue,
          .kind = fields.items[0].text,
          .subject = fields.items[1].text,
          .traceparent = std::string(FindField(fields, "traceparent").value_or("")),
          .key = std::string(FindField(fields, "key").value_or(fields.items[1].text))};
  if (!CheckJob(job)) job.traceparent.clear();  // A broken trace is no reason to refuse a job.
  if (!CheckJob(job)) return std::nullopt;
  return job;
}

StreamEntry ReadEntry(const QueueTable& queues, size_t place, const Reply& id,
                      const Reply& fields) {
  StreamEntry entry{.place = place,
                    .id = id.text,
                    .job = ReadJob(queues.at(place).name, fields),
                    .enqueued_at = AddedAt(id.text),
                    .redelivered = FindField(fields, "redelivered") == "1"};
  if (const auto at = ParseInt(FindField(fields, "at").value_or("")); at && *at > 0) {
    entry.enqueued_at = microseconds(*at);
  }
  return entry;
}

}  // namespace matinee::coord::redis
