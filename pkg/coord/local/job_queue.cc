#include "coord/local/job_queue.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace matinee::coord {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

}  // namespace

LocalJobQueue::LocalJobQueue(const QueueTable& queues, const Clock& clock)
    : queues_(queues), clock_(clock), jobs_(queues.size()) {}

Status LocalJobQueue::Enqueue(const Job& job, Term /*term*/) {
  TRY(CheckJob(job));
  const size_t place = PlaceOf(queues_, job.queue);
  if (place == queues_.size()) {
    return Fail(Code::kInvalidArgument, "there is no queue " + job.queue);
  }
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return Fail(Code::kUnavailable, "the program is shutting down");
    if (live_.contains(KeyOf(job))) return {};
    Jobs& jobs = jobs_.at(place);
    if (jobs.size() >= queues_.at(place).jobs_max) {
      return Fail(Code::kUnavailable, "the queue " + job.queue + " is full; try again in a while");
    }
    jobs.queued.push_back({.job = job, .enqueued_at = clock_.Mono()});
    live_.insert(KeyOf(job));
  }
  changed_.notify_all();  // All: one that is woken may not serve this queue.
  return {};
}

std::optional<Delivery> LocalJobQueue::ReceiveLocked(const QueueFilter& filter) {
  for (const size_t place : filter) {
    Jobs& jobs = jobs_.at(place);
    if (jobs.queued.empty()) continue;
    Entry entry = std::move(jobs.queued.front());
    jobs.queued.pop_front();
    Delivery delivery;
    delivery.job = entry.job;
    delivery.receipt = KeyOf(entry.job);
    delivery.redelivered = entry.redelivered;
    delivery.waited = std::chrono::duration_cast<microseconds>(clock_.Mono() - entry.enqueued_at);
    jobs.in_flight.emplace(delivery.receipt, std::move(entry));
    return delivery;
  }
  return std::nullopt;
}

std::optional<Delivery> LocalJobQueue::Receive(const QueueFilter& filter, milliseconds wait) {
  const auto deadline =
      std::chrono::steady_clock::now() + std::min<milliseconds>(wait, kReceiveWaitMax);
  std::unique_lock lock(mutex_);
  while (!closed_) {
    if (auto delivery = ReceiveLocked(filter)) return delivery;
    if (changed_.wait_until(lock, deadline) == std::cv_status::timeout) {
      return closed_ ? std::nullopt : ReceiveLocked(filter);
    }
  }
  return std::nullopt;
}

Status LocalJobQueue::Ack(const Delivery& delivery) {
  const std::lock_guard lock(mutex_);
  const size_t place = PlaceOf(queues_, delivery.job.queue);
  if (jobs_.at(place).in_flight.erase(delivery.receipt) > 0) live_.erase(KeyOf(delivery.job));
  return {};
}

Status LocalJobQueue::Nack(const Delivery& delivery) {
  {
    const std::lock_guard lock(mutex_);
    Jobs& jobs = jobs_.at(PlaceOf(queues_, delivery.job.queue));
    const auto entry = jobs.in_flight.find(delivery.receipt);
    if (entry == jobs.in_flight.end()) return {};
    entry->second.redelivered = delivery.redelivered;
    jobs.queued.push_back(std::move(entry->second));
    jobs.in_flight.erase(entry);
  }
  changed_.notify_all();
  return {};
}

Status LocalJobQueue::DeadLetter(const Delivery& delivery, const std::string& reason) {
  {
    const std::lock_guard lock(mutex_);
    dead_letters_.push_back({delivery.job, reason});
    if (dead_letters_.size() > kDeadLettersMax) dead_letters_.pop_front();
  }
  return Ack(delivery);
}

Result<std::set<std::string>> LocalJobQueue::Live(const std::vector<std::string>& keys) {
  const std::lock_guard lock(mutex_);
  std::set<std::string> live;
  std::copy_if(keys.begin(), keys.end(), std::inserter(live, live.end()),
               [this](const std::string& key) { return live_.contains(key); });
  return live;
}

Result<std::vector<QueueState>> LocalJobQueue::State() {
  const std::lock_guard lock(mutex_);
  std::vector<QueueState> states;
  states.reserve(jobs_.size());
  for (const Jobs& jobs : jobs_) {
    QueueState state{.queued = static_cast<int64_t>(jobs.queued.size()),
                     .in_flight = static_cast<int64_t>(jobs.in_flight.size()),
                     .oldest_age = milliseconds(0)};
    if (!jobs.queued.empty()) {
      state.oldest_age =
          std::chrono::duration_cast<milliseconds>(clock_.Mono() - jobs.queued.front().enqueued_at);
    }
    states.push_back(state);
  }
  return states;
}

Result<std::vector<DeadLetterJob>> LocalJobQueue::DeadLetters(size_t limit) {
  const std::lock_guard lock(mutex_);
  const size_t count = std::min(limit, dead_letters_.size());
  return std::vector<DeadLetterJob>(
      std::prev(dead_letters_.end(), static_cast<std::ptrdiff_t>(count)), dead_letters_.end());
}

void LocalJobQueue::Close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  changed_.notify_all();
}

}  // namespace matinee::coord
