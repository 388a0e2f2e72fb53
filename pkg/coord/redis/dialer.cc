#include "coord/redis/dialer.h"

#include <algorithm>
#include <utility>

#include "telemetry/log.h"
#include "telemetry/metrics.h"

namespace matinee::coord::redis {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::chrono::minutes kLogInterval{1};

}  // namespace

Dialer::Dialer(Address address, const RedisTimeouts& times, Metrics* metrics)
    : address_(std::move(address)), times_(times), backoff_(times.backoff_min) {
  if (metrics != nullptr) {
    connected_ = &metrics->GetGauge("matinee_redis_connected",
                                    "1 while Redis can be reached, 0 while it cannot.");
  }
}

Result<std::unique_ptr<Connection>> Dialer::Dial() {
  return Dial(times_.connect_time);
}

Result<std::unique_ptr<Connection>> Dialer::Dial(milliseconds limit) {
  {
    const std::lock_guard lock(mutex_);
    if (down_ && (dialing_ || steady_clock::now() < next_dial_)) return Fail(reason_);
    dialing_ = true;
  }
  auto connection = Connection::Open(address_, limit);
  const std::lock_guard lock(mutex_);
  dialing_ = false;
  if (!connection) {
    GoDown(connection.error());
    next_dial_ = steady_clock::now() + backoff_;
    backoff_ = std::min(backoff_ * 2, times_.backoff_max);
    return connection;
  }
  if (down_) {
    Log(Severity::kInfo, "redis", "Redis is back");
    back_at_ = (*connection)->opened_at();
  }
  down_ = false;
  backoff_ = times_.backoff_min;
  if (connected_ != nullptr) connected_->Set(1);
  return connection;
}

void Dialer::OnConnectionLost(const Connection& connection, const Error& error) {
  const std::lock_guard lock(mutex_);
  // One that is older than the last return of Redis was lost when Redis went.
  if (down_ || connection.opened_at() < back_at_) return;
  GoDown(error);
  next_dial_ = steady_clock::now();
}

void Dialer::GoDown(const Error& error) {
  if (!down_) LogError("redis", "Redis is away", error);
  down_ = true;
  reason_ = error;
  if (connected_ != nullptr) connected_->Set(0);
}

void Dialer::LogThrottled(std::string_view what, const Error& error) {
  {
    const std::lock_guard lock(mutex_);
    const MonoTime now = steady_clock::now();
    if (down_) return;
    auto& [message, logged_at] = logged_[std::string(what)];
    if (message == error.message && now - logged_at < kLogInterval) return;
    message = error.message;
    logged_at = now;
  }
  LogError("redis", what, error);
}

milliseconds Dialer::RetryDelay() {
  const std::lock_guard lock(mutex_);
  if (!down_) return milliseconds(0);
  const auto left = std::chrono::ceil<milliseconds>(next_dial_ - steady_clock::now());
  return std::max(left, dialing_ ? times_.backoff_min : milliseconds(0));
}

}  // namespace matinee::coord::redis
