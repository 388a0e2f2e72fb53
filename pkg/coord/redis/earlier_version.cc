#include "coord/redis/earlier_version.h"

#include <chrono>
#include <string_view>

#include "telemetry/log.h"

namespace matinee::coord::redis {
namespace {

using std::chrono::steady_clock;

constexpr const char* kPrefix = "matinee:";
// What plays now, as their leader published it.
constexpr const char* kSessions = "sessions";

}  // namespace

EarlierVersion::EarlierVersion(Pipeline& pipeline, const Keys& keys, const RedisOptions& options,
                               const RedisTimeouts& timeouts)
    : pipeline_(pipeline),
      timeouts_(timeouts),
      dead_letters_(keys.dead_letters),
      keys_(kPrefix, options.queues),
      sessions_(keys_.prefix + kSessions),
      gone_(!options.follows_0_1_0) {}

std::string EarlierVersion::Ask(bool takes_over) {
  const std::string leader = keys_.Holder(kLeaderLease);
  const std::string term = keys_.LastTerm(kLeaderLease);
  std::vector<std::string_view> keys = {dead_letters_,      leader,   term, keys_.heartbeat,
                                        keys_.dead_letters, sessions_};
  keys.insert(keys.end(), keys_.streams.begin(), keys_.streams.end());
  keys.insert(keys.end(), keys_.indexes.begin(), keys_.indexes.end());
  const std::string quiet = std::to_string(timeouts_.earlier_version_silence.count());
  const std::string letters_max = std::to_string(kDeadLettersMax);
  const auto reply =
      pipeline_.Run(Script::kTakeOver, keys, {quiet, takes_over ? "1" : "0", letters_max});
  return reply ? reply->text : "unknown";
}

// Their lease is free for a moment when one leader follows another: only a longer silence says that
// there is none.
bool EarlierVersion::IsGone() {
  if (gone_) return true;
  const std::lock_guard lock(mutex_);
  const MonoTime now = steady_clock::now();
  if (gone_ || now < next_ask_) return gone_;
  next_ask_ = now + timeouts_.reclaim_interval;
  const bool was_quiet = quiet_since_ && now - *quiet_since_ >= timeouts_.earlier_version_silence;
  const std::string state = Ask(was_quiet);
  if (state == "gone") {
    if (logged_) Log(Severity::kInfo, "redis", "no process of an earlier version runs any more");
    gone_ = true;
    return true;
  }
  if (state != "quiet") quiet_since_.reset();
  if (state == "quiet" && !quiet_since_) quiet_since_ = now;
  if (state == "running" && !logged_) {
    Log(Severity::kInfo, "redis",
        "processes of an earlier version still run: this one waits until they have ended");
    logged_ = true;
  }
  return false;
}

}  // namespace matinee::coord::redis
