// The JobQueue inside one process: for `matinee up`, where the API and the worker share it.
//
// Waiting is done by condition variables on the monotonic clock; nobody polls.
//
// Thread safety: as JobQueue. Nobody may be inside Take() when it is destroyed: Close() it and join
// the workers first.
#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "coord/job_queue.h"

namespace matinee::coord {

// Jobs that may wait in one lane, delayed ones included. A household taps a few times a minute, so
// whoever fills this is a runaway client: it gets an error instead of hours of FFmpeg.
constexpr size_t kLaneJobsMax = 256;

class LocalJobQueue final : public JobQueue {
 public:
  Status Enqueue(const Job& job) override;
  // A job that finds its lane full is dropped: its row is in the database, the sweeper brings it
  // back. Of two times for one job the earlier holds.
  void EnqueueLater(const Job& job, std::chrono::milliseconds delay) override;
  std::optional<Job> Take(Accept accept, std::chrono::milliseconds wait) override;
  void Remove(const std::string& capture_id) override;
  void Close() override;

 private:
  using TimePoint = std::chrono::steady_clock::time_point;
  // When a job may be taken, and its place among those of the same moment.
  using Place = std::pair<TimePoint, uint64_t>;
  using LaneJobs = std::map<Place, std::string>;

  Status Put(const Job& job, TimePoint due);
  void RemoveLocked(const std::string& capture_id);
  // The first lane of `accept` whose first job is due; without one, `next_due` is brought forward
  // to when there will be one.
  LaneJobs* FindDue(Accept accept, TimePoint now, TimePoint& next_due);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::array<LaneJobs, 2> lanes_;                         // By Lane.
  std::map<std::string, std::pair<Lane, Place>> places_;  // By capture id.
  uint64_t next_sequence_ = 0;
  bool closed_ = false;
};

}  // namespace matinee::coord
