// Entries of the job streams, as text and as jobs. Pure. Internal to this package.
//
// An entry's first field is the job's kind, with the subject as its value; then come `traceparent`,
// `at` (when it was enqueued, in microseconds), `key`, and `redelivered` if a consumer that had it
// crashed. Version 0.1.0 wrote the same without the last two; its key was the subject. Its pods
// read our entries, and we read theirs.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "coord/job_queue.h"
#include "coord/redis/reply.h"

namespace matinee::coord::redis {

// An entry that was delivered to this process.
struct StreamEntry {
  size_t place = 0;                          // Of its queue, in the table.
  std::string id;                            // Redis': "1700000000000-0".
  std::optional<Job> job;                    // Empty if the entry is malformed (written by hand).
  std::chrono::microseconds enqueued_at{0};  // By Redis' clock, since 1970.
  bool redelivered = false;                  // Before it was nacked.
};

// `id` and `fields` as in the answer to XREADGROUP.
StreamEntry ReadEntry(const QueueTable& queues, size_t place, const Reply& id, const Reply& fields);

// The job that these fields hold; nothing if they are malformed. `queue` becomes its queue.
std::optional<Job> ReadJob(const std::string& queue, const Reply& fields);

// The value of the first field of this name.
std::optional<std::string_view> FindField(const Reply& fields, std::string_view name);

}  // namespace matinee::coord::redis
