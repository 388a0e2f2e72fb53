// What the tests of the Redis driver share: processes with short times on one server.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <thread>

#include "coord/coord.h"
#include "coord/redis/times.h"
#include "telemetry/metrics.h"
#include "tests/lib/cpp/redis_server.h"

namespace matinee::coord {

// How long a test waits for what must come.
constexpr std::chrono::seconds kPatience{60};
constexpr std::chrono::milliseconds kNoWait{0};

// Death is noticed after a second, so that tests are quick and a busy machine is no death.
inline RedisTimes ShortTimes() {
  using std::chrono::milliseconds;
  RedisTimes times;
  times.silent_after = milliseconds(1000);
  times.beat_interval = milliseconds(80);
  times.look_interval = milliseconds(50);
  times.upkeep_interval = milliseconds(50);
  times.connect_time = std::chrono::seconds(10);
  times.command_time = std::chrono::seconds(10);
  times.check_time = std::chrono::seconds(20);
  times.backoff_min = milliseconds(10);
  times.backoff_max = milliseconds(100);
  times.ping_interval = milliseconds(100);
  return times;
}

// Of a process that soon gives up a Redis that does not answer.
inline RedisTimes Impatient() {
  RedisTimes times = ShortTimes();
  times.connect_time = std::chrono::milliseconds(400);
  times.command_time = std::chrono::milliseconds(400);
  times.check_time = std::chrono::milliseconds(400);
  return times;
}

inline bool Eventually(const std::function<bool()>& holds) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

class RedisTest : public testing::Test {
 protected:
  explicit RedisTest(RedisServer& server = SharedRedisServer()) : server_(server) {}

  // What one process has. Destroying it while it holds jobs is that process' death.
  Coord Join(const RedisTimes& times = ShortTimes(), Metrics* metrics = nullptr) {
    auto coord = MakeRedisWith({.url = server_.Url(), .prefix = prefix_}, times, metrics);
    if (!coord) std::abort();
    return *std::move(coord);
  }
  [[nodiscard]] std::string Key(const std::string& name) const { return prefix_ + name; }

  static Job Screenshot(const std::string& id) { return {Lane::kScreenshot, id, {}}; }
  static Job Clip(const std::string& id) { return {Lane::kClip, id, {}}; }
  static std::string IdOf(const std::optional<Delivery>& delivery) {
    return delivery ? delivery->job.capture_id : "nothing";
  }
  static LaneState StateOf(const Coord& coord, Lane lane) {
    return coord.jobs->State().value().at(static_cast<size_t>(lane));
  }
  static bool IsLive(const Coord& coord, const std::string& id) {
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

// With a server of its own, to be killed and filled.
struct OwnServer {
  RedisServer own_server;
};
class OwnRedisTest : private OwnServer, public RedisTest {
 protected:
  explicit OwnRedisTest(const RedisServerOptions& options = {})
      : OwnServer{RedisServer(options)}, RedisTest(own_server) {}
};

}  // namespace matinee::coord
