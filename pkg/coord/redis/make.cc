#include <array>
#include <memory>
#include <string_view>

#include "coord/coord.h"
#include "coord/redis/address.h"
#include "coord/redis/event_bus.h"
#include "coord/redis/job_queue.h"
#include "coord/redis/leader_lease.h"
#include "coord/redis/link.h"
#include "coord/redis/snapshot_cache.h"
#include "coord/redis/times.h"

namespace matinee::coord {
namespace {

// Asks Redis on a connection of its own, so that it waits for nobody.
class Checker {
 public:
  explicit Checker(std::shared_ptr<redis::Link> link)
      : link_(std::move(link)),
        pipeline_(link_->dialer, link_->times.check_time / 2, link_->times.check_time / 2,
                  link_->metrics) {}

  Status Check() {
    const std::array<std::string_view, 1> ping = {"PING"};
    TRY(pipeline_.Call("ping", ping));
    return {};
  }

 private:
  const std::shared_ptr<redis::Link> link_;
  redis::Pipeline pipeline_;
};

}  // namespace

Result<Coord> MakeRedis(const RedisOptions& options, Metrics* metrics) {
  return MakeRedisWith(options, RedisTimes(), metrics);
}

Result<Coord> MakeRedisWith(const RedisOptions& options, const RedisTimes& times,
                            Metrics* metrics) {
  TRY_ASSIGN(const redis::Address address, redis::ParseAddress(options.url));
  const auto link = std::make_shared<redis::Link>(address, options.prefix, times, metrics);
  Coord coord;
  coord.jobs = std::make_unique<RedisJobQueue>(link);
  coord.events = std::make_unique<RedisEventBus>(link);
  coord.snapshot = std::make_unique<RedisSnapshotCache>(link);
  coord.lease = std::make_unique<RedisLeaderLease>(link);
  coord.check = [checker = std::make_shared<Checker>(link)] { return checker->Check(); };
  return coord;
}

}  // namespace matinee::coord
