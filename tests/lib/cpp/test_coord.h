// Coordination for tests. The same tests run on every driver: a test program is linked with
// local_test_coord.cc or redis_test_coord.cc.
#pragma once

#include <memory>
#include <string>

#include "coord/coordination.h"

namespace matinee::coord {

// The queues of these tests, the highest priority first.
inline const QueueTable kTestQueues = {
    {.name = "screenshot", .reserved_slots = 1}, {.name = "clip"}, {.name = "background"}};
inline const QueueFilter kAllQueues = AllQueues(kTestQueues);
inline const QueueFilter kReservedSlot = {0};

// A job of a queue of these tests. Its key is its subject.
inline Job MakeJob(const std::string& queue, const std::string& subject,
                   const std::string& traceparent = "") {
  return {.queue = queue,
          .kind = "test",
          .subject = subject,
          .traceparent = traceparent,
          .key = subject};
}

// The state of one queue.
inline QueueState StateOf(JobQueue& jobs, const std::string& queue) {
  return jobs.State().value().at(PlaceOf(kTestQueues, queue));
}

class TestCoord {
 public:
  static std::unique_ptr<TestCoord> Make();
  virtual ~TestCoord() = default;

  // The coordination of one process. More than once only if `shared`.
  virtual Coordination Join() = 0;
  // Whether there can be several processes.
  [[nodiscard]] virtual bool shared() const = 0;
};

}  // namespace matinee::coord
