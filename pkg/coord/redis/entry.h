// Entries of the jobs' streams, as text and as jobs. Pure. Internal to this package.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "coord/job_queue.h"
#include "coord/redis/reply.h"

namespace matinee::coord::redis {

// Ids are UUIDs; more is somebody else's writing.
constexpr size_t kCaptureIdBytesMax = 128;
// W3C Trace Context has 55 characters; what a later version may add fits.
constexpr size_t kTraceparentBytesMax = 256;

// Whether a capture can have this id: some text in UTF-8 without control characters.
bool IsCaptureId(std::string_view text);

// An entry of a stream that was delivered to us.
struct Entry {
  Lane lane = Lane::kScreenshot;
  std::string id;                            // Redis': "1700000000000-0".
  std::optional<Job> job;                    // Nothing if a person's hand wrote what is no job.
  std::chrono::microseconds enqueued_at{0};  // By Redis' clock, since 1970.
};

// `id` and `fields` as in the answer to XREADGROUP.
Entry ReadEntry(Lane lane, const Reply& id, const Reply& fields);

}  // namespace matinee::coord::redis
