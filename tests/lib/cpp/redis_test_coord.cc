#include <atomic>
#include <cstdlib>
#include <string>

#include "coord/redis/timeouts.h"
#include "tests/lib/cpp/redis_server.h"
#include "tests/lib/cpp/test_coord.h"

namespace matinee::coord {
namespace {

// Tests share a server and have separate prefixes.
std::string NewPrefix() {
  static std::atomic<int> last = 0;
  return "contract" + std::to_string(++last) + ":";
}

class RedisTestCoord final : public TestCoord {
 public:
  Coordination Join() override {
    // These tests are not about a Redis that is slow, nor about a machine that is.
    RedisTimeouts times;
    times.connect_time = times.command_time = times.check_time = std::chrono::seconds(30);
    auto coord = ConnectRedisWith(
        {.url = SharedRedisServer().Url(), .prefix = prefix_, .queues = kTestQueues}, times,
        nullptr);
    if (!coord) std::abort();
    return *std::move(coord);
  }
  [[nodiscard]] bool shared() const override { return true; }

 private:
  const std::string prefix_ = NewPrefix();
};

}  // namespace

std::unique_ptr<TestCoord> TestCoord::Make() {
  return std::make_unique<RedisTestCoord>();
}

}  // namespace matinee::coord
