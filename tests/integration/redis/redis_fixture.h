// What the tests of the Redis driver share: processes with short timeouts on one server.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <thread>

#include "coord/coordination.h"
#include "coord/redis/timeouts.h"
#include "telemetry/metrics.h"
#include "tests/lib/cpp/redis_server.h"
#include "tests/lib/cpp/test_coord.h"

namespace matinee::coord {

// How long a test waits for what must come.
constexpr std::chrono::seconds kTestTimeout{60};
constexpr std::chrono::milliseconds kNoWait{0};

// Jobs are reclaimed after a second: tests are quick, and a busy machine is not taken for a crash.
inline RedisTimeouts ShortTimes() {
  using std::chrono::milliseconds;
  RedisTimeouts times;
  times.visibility_timeout = milliseconds(1000);
  times.heartbeat_interval = milliseconds(80);
  times.reclaim_interval = milliseconds(50);
  times.trim_interval = milliseconds(50);
  times.connect_time = std::chrono::seconds(10);
  times.command_time = std::chrono::seconds(10);
  times.check_time = std::chrono::seconds(20);
  times.backoff_min = milliseconds(10);
  times.backoff_max = milliseconds(100);
  times.ping_interval = milliseconds(100);
  return times;
}

// Of a process that soon gives up a Redis that does not answer.
inline RedisTimeouts Impatient() {
  RedisTimeouts times = ShortTimes();
  times.connect_time = std::chrono::milliseconds(400);
  times.command_time = std::chrono::milliseconds(400);
  times.check_time = std::chrono::milliseconds(400);
  return times;
}

inline bool Eventually(const std::function<bool()>& holds) {
  const auto deadline = std::chrono::steady_clock::now() + kTestTimeout;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

class RedisTest : public testing::Test {
 protected:
  explicit RedisTest(RedisServer& server = SharedRedisServer()) : server_(server) {}

  // What one process has. Destroying it with jobs in flight is that process' crash.
  Coordination Join(const RedisTimeouts& times = ShortTimes(), Metrics* metrics = nullptr) {
    auto coord = ConnectRedisWith({.url = server_.Url(), .prefix = prefix_, .queues = kTestQueues},
                                  times, metrics);
    if (!coord) std::abort();
    return *std::move(coord);
  }
  [[nodiscard]] std::string Key(const std::string& name) const { return prefix_ + name; }

  static Job Screenshot(const std::string& id) { return MakeJob("screenshot", id); }
  static Job Clip(const std::string& id) { return MakeJob("clip", id); }
  static std::string IdOf(const std::optional<Delivery>& delivery) {
    return delivery ? delivery->job.subject : "nothing";
  }
  static QueueState StateOf(const Coordination& coord, const std::string& queue) {
    return coord::StateOf(*coord.jobs, queue);
  }
  static bool IsLive(const Coordination& coord, const std::string& id) {
    return coord.jobs->Live({id}).value().contains(id);
  }

  RedisServer& server_;

 private:
  static std::string NewPrefix() {
    static std::atomic<int> last = 0;
    return "test" + std::to_string(++last) + ":";
  }
  const std::string prefix_ = NewPrefix();
};

// With a separate server, to be killed and filled.
struct OwnServer {
  RedisServer own_server;
};
class OwnRedisTest : private OwnServer, public RedisTest {
 protected:
  explicit OwnRedisTest(const RedisServerOptions& options = {})
      : OwnServer{RedisServer(options)}, RedisTest(own_server) {}
};

}  // namespace matinee::coord
