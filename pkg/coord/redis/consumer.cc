#include "coord/redis/consumer.h"

#include <cstdlib>

#include "base/strings.h"

namespace matinee::coord::redis {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::steady_clock;

// While Redis is away, heartbeats are tried more often: others count from when Redis is back.
constexpr int kHeartbeatsWhileAway = 8;

microseconds Mono() {
  return duration_cast<microseconds>(steady_clock::now().time_since_epoch());
}

}  // namespace

std::vector<std::string_view> QueueKeys(const Keys& keys) {
  std::vector<std::string_view> words;
  for (size_t place = 0; place < keys.streams.size(); ++place) {
    words.emplace_back(keys.streams.at(place));
    words.emplace_back(keys.indexes.at(place));
  }
  return words;
}

std::string QueueNumber(size_t place) {
  return std::to_string(place + 1);
}

Consumer::Consumer(RedisContext& context)
    : context_(context),
      queue_keys_(QueueKeys(context.keys)),
      task_("heartbeat", [this] { return HeartbeatAndTrim(); }) {}

Consumer::~Consumer() {
  bool started = true;
  std::call_once(started_, [&started] { started = false; });
  if (!started) return;
  task_.Stop();
  // Otherwise it is deleted after RedisTimeouts::consumer_expiry.
  [[maybe_unused]] const auto left =
      context_.pipeline.Run(Script::kDeleteConsumer, queue_keys_, {context_.name});
}

void Consumer::Start() {
  std::call_once(started_, [this] {
    next_trim_ = steady_clock::now() + context_.timeouts.trim_interval;
    task_.Start();
  });
}

void Consumer::Add(size_t place, const std::string& entry_id) {
  const std::lock_guard lock(mutex_);
  in_flight_.emplace(place, entry_id);
}

void Consumer::Remove(size_t place, const std::string& entry_id) {
  const std::lock_guard lock(mutex_);
  in_flight_.erase({place, entry_id});
}

std::vector<std::string> Consumer::InFlight() {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> entries;
  entries.reserve(in_flight_.size());
  for (const auto& [place, id] : in_flight_) entries.push_back(QueueNumber(place) + " " + id);
  return entries;
}

Consumer::HeartbeatState Consumer::heartbeat() {
  const std::lock_guard lock(mutex_);
  return heartbeat_;
}

microseconds Consumer::RedisNow() const {
  return Mono() + microseconds(clock_offset_.load());
}

void Consumer::SetRedisNow(int64_t micros) {
  clock_offset_.store(micros - Mono().count());
}

std::chrono::milliseconds Consumer::HeartbeatAndTrim() {
  const auto interval = context_.timeouts.heartbeat_interval;
  if (!SendHeartbeat()) return interval / kHeartbeatsWhileAway;
  if (steady_clock::now() >= next_trim_) {
    Trim();
    next_trim_ = steady_clock::now() + context_.timeouts.trim_interval;
  }
  return interval;
}

bool Consumer::SendHeartbeat() {
  const auto in_flight = InFlight();
  const int64_t gap_micros = microseconds(gap_max()).count();
  const std::string gap = std::to_string(gap_micros);
  std::vector<std::string_view> keys = queue_keys_;
  keys.emplace_back(context_.keys.heartbeat);
  std::vector<std::string_view> arguments = {context_.name, gap};
  arguments.insert(arguments.end(), in_flight.begin(), in_flight.end());
  const auto reply = context_.pipeline.Run(Script::kHeartbeat, keys, Words(arguments));
  if (!reply) {
    context_.dialer.LogThrottled("the heartbeat failed; others may reclaim this worker's jobs",
                                 reply.error());
    return false;
  }
  if (reply->items.size() != 2) return false;
  const int64_t now = ParseInt(reply->items[0].text).value_or(0);
  const int64_t shared_since = ParseInt(reply->items[1].text).value_or(now);
  SetRedisNow(now);
  const std::lock_guard lock(mutex_);
  if (heartbeat_.last_heartbeat == 0) {
    heartbeat_.stable_since = shared_since;
  } else if (std::abs(now - heartbeat_.last_heartbeat) > gap_micros) {
    heartbeat_.stable_since = now;
  }
  heartbeat_.last_heartbeat = now;
  return true;
}

void Consumer::Trim() {
  const std::string expiry = std::to_string(context_.timeouts.consumer_expiry.count());
  const auto done = context_.pipeline.Run(Script::kTrim, queue_keys_, {context_.name, expiry});
  if (!done) context_.dialer.LogThrottled("the queues cannot be trimmed", done.error());
}

}  // namespace matinee::coord::redis
