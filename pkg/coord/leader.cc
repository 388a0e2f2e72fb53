#include "coord/leader.h"

#include <pthread.h>

#include <algorithm>
#include <utility>

#include "telemetry/log.h"

namespace matinee::coord {
namespace {

constexpr const char* kLogger = "leader";
// Our clock may run a little slower than the one that ends the lease.
constexpr std::chrono::milliseconds kMargin{500};

}  // namespace

Leader::Leader(LeaderLease& lease, EpochRecord record)
    : lease_(lease), record_(std::move(record)) {}

Leader::~Leader() {
  Stop();
}

void Leader::Start() {
  Ask();
  thread_ = std::thread([this] { Run(); });
  pthread_setname_np(thread_.native_handle(), "leader");
}

void Leader::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (!thread_.joinable()) return;
  thread_.join();
  if (term()) lease_.Release();
  const std::lock_guard lock(mutex_);
  epoch_.reset();
}

void Leader::Run() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, kLeaseInterval, [this] { return stopping_; })) {
    lock.unlock();
    Ask();
    lock.lock();
  }
}

// The epoch of the lease, once it is written down. One that the record refuses is given back: the
// next one will be higher, since the record says from where to count.
Result<std::optional<Epoch>> Leader::Hold() {
  TRY_ASSIGN(const Epoch floor, begun_ != kNoEpoch ? Result<Epoch>(begun_) : record_.last());
  TRY_ASSIGN(const std::optional<Epoch> held, lease_.Hold(floor));
  if (!held || *held == begun_) return held;
  if (Status begun = record_.begin(*held); !begun) {
    begun_ = kNoEpoch;
    lease_.Release();
    return Fail(begun.error());
  }
  begun_ = *held;
  Log(Severity::kInfo, kLogger, "this process is the leader", {{"epoch", *held}});
  return held;
}

void Leader::Ask() {
  const auto asked_at = std::chrono::steady_clock::now();
  const Result<std::optional<Epoch>> held = Hold();
  const std::lock_guard lock(mutex_);
  if (!held) return;  // Nobody knows: what was true holds until its time is over.
  if (epoch_ && !*held) Log(Severity::kWarn, kLogger, "another process is the leader now");
  if (!*held) begun_ = kNoEpoch;
  epoch_ = *held;
  until_ = asked_at + kLeaseTime - kMargin;
}

std::optional<Epoch> Leader::term() const {
  const std::lock_guard lock(mutex_);
  if (!epoch_ || std::chrono::steady_clock::now() > until_) return std::nullopt;
  return epoch_;
}

}  // namespace matinee::coord
