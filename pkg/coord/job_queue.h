// What wakes a worker. The database row is the truth: a job that is lost here is found again by the
// sweeper, so a job holds nothing but the id of a row and the trace that it belongs to.
//
// A capture has at most one live job: one that waits, or is in a worker's hands. Delivery is at
// least once: a job whose worker dies, or is silent for kSilentAfter, is given to another.
//
// Thread safety: all methods may be called from any thread.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "coord/epoch.h"

namespace matinee::coord {

// In the order in which they are served.
enum class Lane { kScreenshot = 0, kClip = 1, kBackground = 2 };
constexpr std::array kLanes = {Lane::kScreenshot, Lane::kClip, Lane::kBackground};
std::string_view ToString(Lane lane);  // "screenshot", "clip", "background"

// Jobs that may be live in one lane. A household taps a few times a minute, so whoever fills this
// is a runaway client: it gets an error instead of hours of FFmpeg.
constexpr size_t kLaneJobsMax = 1000;

// A worker that has not been heard of for so long is dead; it is heard of every kBeatInterval.
// Both on the queue's own clock. A job is resumed within 15 s: silence, and one look of a worker.
constexpr std::chrono::milliseconds kSilentAfter{8000};
constexpr std::chrono::milliseconds kBeatInterval{2000};

// What is kept of jobs that were given up, newest last.
constexpr size_t kDeadJobsMax = 1000;

struct Job {
  Lane lane = Lane::kScreenshot;
  std::string capture_id;
  std::string traceparent;  // W3C Trace Context; may be empty.
};

// Which lanes a slot of a worker serves. One slot is kept free for screenshots, so that a tap never
// waits behind clips.
enum class Accept { kAll, kScreenshotsOnly };

// A job in a worker's hands, until it says Done, GiveBack or Bury.
struct Delivery {
  Job job;
  std::string receipt;       // Means something to the driver only.
  bool redelivered = false;  // The worker that had it died, or was silent.
  // From Enqueue to Take, by the queue's clock.
  std::chrono::microseconds waited{0};
};

// A job that was given up.
struct DeadJob {
  Job job;
  std::string reason;
};

// One lane, as a metric sees it.
struct LaneState {
  int64_t waiting = 0;                      // Nobody has them yet.
  int64_t running = 0;                      // In a worker's hands.
  std::chrono::milliseconds oldest_age{0};  // Of those that wait; 0 if none does.
};

class JobQueue {
 public:
  virtual ~JobQueue() = default;

  // Does nothing if the capture has a live job. Fails with kUnavailable when the lane is full, the
  // queue closed or out of reach, with kConflict when a leader of a later epoch has come.
  virtual Status Enqueue(const Job& job, Epoch epoch = kNoEpoch) = 0;

  // Whether the lane would take another job; true if nobody knows.
  virtual bool HasRoom(Lane lane) = 0;

  // The next job of the first lane that has one; nothing after `wait`, when the queue is closed, or
  // when it stays out of reach. Heartbeats for it are the driver's matter.
  virtual std::optional<Delivery> Take(Accept accept, std::chrono::milliseconds wait) = 0;

  // The row is committed; the job is over. Fails with kUnavailable: the job will be delivered once
  // more, and its row will say that nothing is left to do.
  virtual Status Done(const Delivery& delivery) = 0;
  // Another worker, or this one later, shall have it.
  virtual Status GiveBack(const Delivery& delivery) = 0;
  // Over, and kept with its reason for whoever looks after the machine.
  virtual Status Bury(const Delivery& delivery, const std::string& reason) = 0;

  // Those of `capture_ids` that have a live job.
  virtual Result<std::set<std::string>> Live(const std::vector<std::string>& capture_ids) = 0;
  // By lane.
  virtual Result<std::array<LaneState, kLanes.size()>> State() = 0;
  // The newest `limit` jobs that were given up, oldest first.
  virtual Result<std::vector<DeadJob>> Dead(size_t limit) = 0;

  // Wakes everybody who waits; Take gives nothing from now on. Done, GiveBack and Bury still work.
  virtual void Close() = 0;
};

}  // namespace matinee::coord
