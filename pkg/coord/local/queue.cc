#include "coord/local/queue.h"

#include <algorithm>

namespace matinee::coord {
namespace {

// Nobody waits longer; keeps additions to the clock from overflowing.
constexpr std::chrono::hours kLongestWait{24 * 365};

std::chrono::steady_clock::time_point After(std::chrono::milliseconds delay) {
  return std::chrono::steady_clock::now() +
         std::min<std::chrono::milliseconds>(delay, kLongestWait);
}

}  // namespace

Status LocalJobQueue::Enqueue(const Job& job) {
  return Put(job, std::chrono::steady_clock::now());
}

void LocalJobQueue::EnqueueLater(const Job& job, std::chrono::milliseconds delay) {
  // Full or closed: the sweeper finds the row again, see the header.
  [[maybe_unused]] const Status put = Put(job, After(delay));
}

Status LocalJobQueue::Put(const Job& job, TimePoint due) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return Fail(Code::kUnavailable, "the program is shutting down");
    const auto known = places_.find(job.capture_id);
    if (known != places_.end()) {
      if (known->second.second.first <= due) return {};
      RemoveLocked(job.capture_id);
    }
    LaneJobs& lane = lanes_.at(static_cast<size_t>(job.lane));
    if (lane.size() >= kLaneJobsMax) {
      return Fail(Code::kUnavailable, "too many captures are waiting; try again in a while");
    }
    const Place place(due, next_sequence_++);
    lane.emplace(place, job.capture_id);
    places_.emplace(job.capture_id, std::pair(job.lane, place));
  }
  // All: who is woken may not serve this lane, and whoever waits for a delayed job counts anew.
  changed_.notify_all();
  return {};
}

LocalJobQueue::LaneJobs* LocalJobQueue::FindDue(Accept accept, TimePoint now, TimePoint& next_due) {
  for (const Lane lane : {Lane::kScreenshot, Lane::kClip}) {
    if (lane == Lane::kClip && accept == Accept::kScreenshotsOnly) continue;
    LaneJobs& jobs = lanes_.at(static_cast<size_t>(lane));
    if (jobs.empty()) continue;
    const TimePoint due = jobs.begin()->first.first;
    if (due <= now) return &jobs;
    next_due = std::min(next_due, due);
  }
  return nullptr;
}

std::optional<Job> LocalJobQueue::Take(Accept accept, std::chrono::milliseconds wait) {
  const TimePoint deadline = After(wait);
  std::unique_lock lock(mutex_);
  while (!closed_) {
    const TimePoint now = std::chrono::steady_clock::now();
    TimePoint wake_at = deadline;
    if (LaneJobs* jobs = FindDue(accept, now, wake_at); jobs != nullptr) {
      const std::string capture_id = jobs->begin()->second;
      const Lane lane = places_.at(capture_id).first;
      RemoveLocked(capture_id);
      return Job{lane, capture_id};
    }
    if (now >= deadline) return std::nullopt;
    changed_.wait_until(lock, wake_at);
  }
  return std::nullopt;
}

void LocalJobQueue::Remove(const std::string& capture_id) {
  const std::lock_guard lock(mutex_);
  RemoveLocked(capture_id);
}

void LocalJobQueue::RemoveLocked(const std::string& capture_id) {
  const auto known = places_.find(capture_id);
  if (known == places_.end()) return;
  const auto [lane, place] = known->second;
  lanes_.at(static_cast<size_t>(lane)).erase(place);
  places_.erase(known);
}

void LocalJobQueue::Close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  changed_.notify_all();
}

}  // namespace matinee::coord
