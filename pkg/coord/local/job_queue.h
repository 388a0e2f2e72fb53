// The JobQueue inside one process: for `matinee up`, where the API and the worker share it. What
// dies with the process is found again by the sweeper of the next one, so nothing is ever
// redelivered.
//
// Waiting is done by a condition variable; nobody polls.
//
// Thread safety: as JobQueue. Nobody may be inside Take() when it is destroyed: Close() it and join
// the workers first.
#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "coord/job_queue.h"

namespace matinee::coord {

class LocalJobQueue final : public JobQueue {
 public:
  Status Enqueue(const Job& job, Epoch epoch = kNoEpoch) override;
  bool HasRoom(Lane lane) override;
  std::optional<Delivery> Take(Accept accept, std::chrono::milliseconds wait) override;
  Status Done(const Delivery& delivery) override;
  Status GiveBack(const Delivery& delivery) override;
  Status Bury(const Delivery& delivery, const std::string& reason) override;
  Result<std::set<std::string>> Live(const std::vector<std::string>& capture_ids) override;
  Result<std::array<LaneState, kLanes.size()>> State() override;
  Result<std::vector<DeadJob>> Dead(size_t limit) override;
  void Close() override;

 private:
  using TimePoint = std::chrono::steady_clock::time_point;
  struct Entry {
    Job job;
    TimePoint enqueued_at;
  };
  struct LaneJobs {
    std::deque<Entry> waiting;
    std::map<std::string, Entry> running;  // By capture id.
    [[nodiscard]] size_t size() const { return waiting.size() + running.size(); }
  };

  LaneJobs& LaneOf(const Job& job) { return lanes_.at(static_cast<size_t>(job.lane)); }
  std::optional<Delivery> TakeLocked(Accept accept);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::array<LaneJobs, kLanes.size()> lanes_;  // By Lane.
  std::set<std::string> live_;                 // Capture ids, of all lanes.
  std::deque<DeadJob> dead_;
  bool closed_ = false;
};

}  // namespace matinee::coord
