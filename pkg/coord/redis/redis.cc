#include <array>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "coord/coordination.h"
#include "coord/redis/address.h"
#include "coord/redis/event_bus.h"
#include "coord/redis/job_queue.h"
#include "coord/redis/lease.h"
#include "coord/redis/redis_context.h"
#include "coord/redis/state_store.h"
#include "coord/redis/timeouts.h"
#include "telemetry/log.h"

namespace matinee::coord {
namespace {

// Looks at the keys in Redis on a separate connection, so that it waits for no other call.
class Checker {
 public:
  explicit Checker(std::shared_ptr<redis::RedisContext> context)
      : context_(std::move(context)),
        pipeline_(context_->dialer, context_->timeouts.check_time / 2,
                  context_->timeouts.check_time / 2, context_->metrics) {}

  // A key of a wrong type is logged once, and once more when it is gone.
  Status Check() {
    const std::array<std::string_view, 1> ping = {"PING"};
    TRY(pipeline_.Call("ping", ping));
    TRY_ASSIGN(const std::string wrong_key, context_->key_types.FindWrong(pipeline_));
    LogOnce(wrong_key);
    if (!wrong_key.empty()) return Fail(Code::kUnavailable, wrong_key);
    if (context_->directory.finds()) TRY(context_->directory.FindPrefix());
    return {};
  }

 private:
  void LogOnce(const std::string& wrong_key) {
    const std::lock_guard lock(mutex_);
    if (wrong_key == logged_) return;
    logged_ = wrong_key;
    if (wrong_key.empty()) {
      Log(Severity::kInfo, "redis", "all keys are of the right type again");
    } else {
      Log(Severity::kError, "redis", wrong_key);
    }
  }

  const std::shared_ptr<redis::RedisContext> context_;
  redis::Pipeline pipeline_;
  std::mutex mutex_;
  std::string logged_;
};

}  // namespace

Result<Coordination> ConnectRedis(const RedisOptions& options, Metrics* metrics) {
  return ConnectRedisWith(options, RedisTimeouts(), metrics);
}

Result<Coordination> ConnectRedisWith(const RedisOptions& options, const RedisTimeouts& timeouts,
                                      Metrics* metrics) {
  TRY(CheckQueueTable(options.queues));
  TRY_ASSIGN(const redis::Address address, redis::ParseAddress(options.url));
  const auto context = std::make_shared<redis::RedisContext>(address, options, timeouts, metrics);
  Coordination coordination;
  coordination.jobs = std::make_unique<RedisJobQueue>(context);
  coordination.events = std::make_unique<RedisEventBus>(context);
  coordination.lease = [context](const std::string& name) {
    return std::make_unique<RedisLease>(context, name);
  };
  coordination.state = [context](const std::string& key, const std::string& lease_name) {
    return std::make_unique<RedisStateStore>(context, key, lease_name);
  };
  coordination.check = [checker = std::make_shared<Checker>(context)] { return checker->Check(); };
  return coordination;
}

}  // namespace matinee::coord
