// What wakes a worker. The database row is the truth: a job that is lost here is found again by the
// sweeper, so a queue holds nothing but the id of a row.
//
// Thread safety: all methods may be called from any thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/result.h"

namespace matinee::coord {

// In the order in which they are served.
enum class Lane { kScreenshot = 0, kClip = 1 };

struct Job {
  Lane lane = Lane::kScreenshot;
  std::string capture_id;
};

// Which lanes a slot of a worker serves. One slot is kept free for screenshots, so that a tap never
// waits behind clips.
enum class Accept { kAll, kScreenshotsOnly };

class JobQueue {
 public:
  virtual ~JobQueue() = default;
  // Fails with kUnavailable when the lane is full or the queue is closed. A job that is already
  // queued is not queued twice.
  virtual Status Enqueue(const Job& job) = 0;
  // The same, but not before `delay` is over: retries.
  virtual void EnqueueLater(const Job& job, std::chrono::milliseconds delay) = 0;
  // The next job; nothing after `wait`, or when the queue is closed.
  virtual std::optional<Job> Take(Accept accept, std::chrono::milliseconds wait) = 0;
  // Takes back a job that nobody has taken yet.
  virtual void Remove(const std::string& capture_id) = 0;
  // Wakes everybody who waits; Take gives nothing from now on.
  virtual void Close() = 0;
};

}  // namespace matinee::coord
