#include "coord/local/job_queue.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace matinee::coord {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Nobody waits longer; keeps additions to the clock from overflowing.
constexpr std::chrono::hours kLongestWait{24 * 365};

}  // namespace

Status LocalJobQueue::Enqueue(const Job& job, Epoch /*epoch*/) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return Fail(Code::kUnavailable, "the program is shutting down");
    if (live_.contains(job.capture_id)) return {};
    LaneJobs& lane = LaneOf(job);
    if (lane.size() >= kLaneJobsMax) {
      return Fail(Code::kUnavailable, "too many captures are waiting; try again in a while");
    }
    lane.waiting.push_back({job, steady_clock::now()});
    live_.insert(job.capture_id);
  }
  changed_.notify_all();  // All: who is woken may not serve this lane.
  return {};
}

bool LocalJobQueue::HasRoom(Lane lane) {
  const std::lock_guard lock(mutex_);
  return lanes_.at(static_cast<size_t>(lane)).size() < kLaneJobsMax;
}

std::optional<Delivery> LocalJobQueue::TakeLocked(Accept accept) {
  for (LaneJobs& lane : lanes_) {
    if (!lane.waiting.empty()) {
      Entry entry = std::move(lane.waiting.front());
      lane.waiting.pop_front();
      Delivery delivery;
      delivery.job = entry.job;
      delivery.receipt = entry.job.capture_id;
      delivery.waited = std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() -
                                                                              entry.enqueued_at);
      lane.running.emplace(delivery.receipt, std::move(entry));
      return delivery;
    }
    if (accept == Accept::kScreenshotsOnly) break;  // Theirs is the first lane.
  }
  return std::nullopt;
}

std::optional<Delivery> LocalJobQueue::Take(Accept accept, milliseconds wait) {
  const TimePoint deadline = steady_clock::now() + std::min<milliseconds>(wait, kLongestWait);
  std::unique_lock lock(mutex_);
  while (!closed_) {
    if (auto delivery = TakeLocked(accept)) return delivery;
    if (changed_.wait_until(lock, deadline) == std::cv_status::timeout) {
      return closed_ ? std::nullopt : TakeLocked(accept);
    }
  }
  return std::nullopt;
}

Status LocalJobQueue::Done(const Delivery& delivery) {
  const std::lock_guard lock(mutex_);
  if (LaneOf(delivery.job).running.erase(delivery.receipt) > 0) {
    live_.erase(delivery.job.capture_id);
  }
  return {};
}

Status LocalJobQueue::GiveBack(const Delivery& delivery) {
  {
    const std::lock_guard lock(mutex_);
    LaneJobs& lane = LaneOf(delivery.job);
    const auto running = lane.running.find(delivery.receipt);
    if (running == lane.running.end()) return {};
    lane.waiting.push_back(std::move(running->second));
    lane.running.erase(running);
  }
  changed_.notify_all();
  return {};
}

Status LocalJobQueue::Bury(const Delivery& delivery, const std::string& reason) {
  {
    const std::lock_guard lock(mutex_);
    dead_.push_back({delivery.job, reason});
    if (dead_.size() > kDeadJobsMax) dead_.pop_front();
  }
  return Done(delivery);
}

Result<std::set<std::string>> LocalJobQueue::Live(const std::vector<std::string>& capture_ids) {
  const std::lock_guard lock(mutex_);
  std::set<std::string> live;
  std::copy_if(capture_ids.begin(), capture_ids.end(), std::inserter(live, live.end()),
               [this](const std::string& id) { return live_.contains(id); });
  return live;
}

Result<std::array<LaneState, kLanes.size()>> LocalJobQueue::State() {
  const std::lock_guard lock(mutex_);
  std::array<LaneState, kLanes.size()> states;
  for (size_t i = 0; i < kLanes.size(); ++i) {
    const LaneJobs& lane = lanes_.at(i);
    LaneState& state = states.at(i);
    state.waiting = static_cast<int64_t>(lane.waiting.size());
    state.running = static_cast<int64_t>(lane.running.size());
    if (lane.waiting.empty()) continue;
    state.oldest_age = std::chrono::duration_cast<milliseconds>(steady_clock::now() -
                                                                lane.waiting.front().enqueued_at);
  }
  return states;
}

Result<std::vector<DeadJob>> LocalJobQueue::Dead(size_t limit) {
  const std::lock_guard lock(mutex_);
  const size_t count = std::min(limit, dead_.size());
  return std::vector<DeadJob>(std::prev(dead_.end(), static_cast<std::ptrdiff_t>(count)),
                              dead_.end());
}

void LocalJobQueue::Close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  changed_.notify_all();
}

}  // namespace matinee::coord
