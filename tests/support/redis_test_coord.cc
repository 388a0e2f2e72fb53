#include <atomic>
#include <cstdlib>
#include <string>

#include "tests/support/redis_server.h"
#include "tests/support/test_coord.h"

namespace matinee::coord {
namespace {

// Tests share a server and have prefixes of their own.
std::string NewPrefix() {
  static std::atomic<int> last = 0;
  return "contract" + std::to_string(++last) + ":";
}

class RedisTestCoord final : public TestCoord {
 public:
  Coord Join() override {
    auto coord = MakeRedis({.url = SharedRedisServer().Url(), .prefix = prefix_}, nullptr);
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
