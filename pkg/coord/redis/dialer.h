// Opens the connections of a process to its Redis, and knows whether Redis can be reached. Internal
// to this package.
//
// While Redis is unreachable, one thread at a time tries to connect, with backoff; the calls of all
// others fail at once. The log has one line when the connection is lost and one when it is back.
//
// Thread safety: all methods may be called from any thread.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/error.h"
#include "base/result.h"
#include "coord/redis/address.h"
#include "coord/redis/connection.h"
#include "coord/redis/timeouts.h"

namespace matinee {
class Gauge;
class Metrics;
}  // namespace matinee

namespace matinee::coord::redis {

class Dialer {
 public:
  // `metrics` may be null. matinee_redis_connected is 1 while Redis can be reached.
  Dialer(Address address, const RedisTimeouts& times, Metrics* metrics);

  // Opens a connection. Fails with kUnavailable, at once if it has just failed.
  Result<std::unique_ptr<Connection>> Dial();
  // The same within `limit` instead of the usual time.
  Result<std::unique_ptr<Connection>> Dial(std::chrono::milliseconds limit);

  // A connection was lost during a call, which often means that Redis is away.
  void OnConnectionLost(const Connection& connection, const Error& error);

  // Logs a background error. Silent while Redis is away (that is logged already); repeats the same
  // message at most once a minute.
  void LogThrottled(std::string_view what, const Error& error);

  // How long to wait until it makes sense to dial again; 0 if it does now.
  std::chrono::milliseconds RetryDelay();

 private:
  void GoDown(const Error& error);  // With mutex_ held.

  const Address address_;
  const RedisTimeouts times_;
  Gauge* connected_ = nullptr;

  std::mutex mutex_;
  bool down_ = false;
  bool dialing_ = false;  // While down: a thread is dialing.
  MonoTime next_dial_;    // While down: not before.
  MonoTime back_at_;      // When it last came back.
  std::chrono::milliseconds backoff_;
  Error reason_;  // Why it is down.

  // By what failed: the last message and when it was logged. Few: `what` is always a literal.
  std::map<std::string, std::pair<std::string, MonoTime>, std::less<>> logged_;
};

}  // namespace matinee::coord::redis
