#include "coord/redis/hands.h"

#include <cstdlib>

#include "base/strings.h"

namespace matinee::coord::redis {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::steady_clock;

microseconds Mono() {
  return duration_cast<microseconds>(steady_clock::now().time_since_epoch());
}

}  // namespace

std::vector<std::string_view> LaneKeys(const Keys& keys) {
  std::vector<std::string_view> words;
  for (size_t lane = 0; lane < kLanes.size(); ++lane) {
    words.emplace_back(keys.streams.at(lane));
    words.emplace_back(keys.indexes.at(lane));
  }
  return words;
}

std::string LaneNumber(Lane lane) {
  return std::to_string(static_cast<int>(lane) + 1);
}

Hands::Hands(Link& link) : link_(link), lane_keys_(LaneKeys(link.keys)) {}

Hands::~Hands() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (!thread_.joinable()) return;
  thread_.join();
  // Otherwise it is forgotten after RedisTimes::consumer_life.
  [[maybe_unused]] const auto left = link_.pipeline.Run(Script::kLeave, lane_keys_, {link_.name});
}

void Hands::Start() {
  std::call_once(started_, [this] { thread_ = std::thread([this] { Loop(); }); });
}

void Hands::Hold(Lane lane, const std::string& entry_id) {
  const std::lock_guard lock(mutex_);
  held_.emplace(lane, entry_id);
}

void Hands::Release(Lane lane, const std::string& entry_id) {
  const std::lock_guard lock(mutex_);
  held_.erase({lane, entry_id});
}

std::vector<std::pair<std::string, std::string>> Hands::Held() {
  const std::lock_guard lock(mutex_);
  std::vector<std::pair<std::string, std::string>> held;
  held.reserve(held_.size());
  for (const auto& [lane, id] : held_) held.emplace_back(LaneNumber(lane), id);
  return held;
}

Hands::Pulse Hands::pulse() {
  const std::lock_guard lock(mutex_);
  return pulse_;
}

microseconds Hands::RedisNow() const {
  return Mono() + microseconds(clock_offset_.load());
}

void Hands::SetRedisNow(int64_t micros) {
  clock_offset_.store(micros - Mono().count());
}

void Hands::Loop() {
  MonoTime next_upkeep = steady_clock::now() + link_.times.upkeep_interval;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    const bool heard = Beat();
    if (heard && steady_clock::now() >= next_upkeep) {
      Upkeep();
      next_upkeep = steady_clock::now() + link_.times.upkeep_interval;
    }
    // Out of reach: others begin to count our silence as soon as Redis is back.
    const auto pause = heard ? link_.times.beat_interval : link_.times.beat_interval / 8;
    lock.lock();
    changed_.wait_for(lock, pause, [this] { return stopping_; });
  }
}

bool Hands::Beat() {
  const auto held = Held();
  const int64_t gap_micros = microseconds(gap_max()).count();
  const std::string gap = std::to_string(gap_micros);
  std::vector<std::string_view> keys = lane_keys_;
  keys.emplace_back(link_.keys.pulse);
  std::vector<std::string_view> arguments = {link_.name, gap};
  for (const auto& [lane, id] : held) {
    arguments.emplace_back(lane);
    arguments.emplace_back(id);
  }
  const auto reply = link_.pipeline.Run(Script::kBeat, keys, Words(arguments));
  if (!reply) {
    link_.dialer.Complain("others may take this worker for dead", reply.error());
    return false;
  }
  if (reply->items.size() != 2) return false;
  const int64_t now = ParseInt(reply->items[0].text).value_or(0);
  const int64_t all_since = ParseInt(reply->items[1].text).value_or(now);
  SetRedisNow(now);
  const std::lock_guard lock(mutex_);
  if (pulse_.last_beat == 0) {
    pulse_.regular_since = all_since;
  } else if (std::abs(now - pulse_.last_beat) > gap_micros) {
    pulse_.regular_since = now;
  }
  pulse_.last_beat = now;
  return true;
}

void Hands::Upkeep() {
  const std::string life = std::to_string(link_.times.consumer_life.count());
  const auto done = link_.pipeline.Run(Script::kUpkeep, lane_keys_, {link_.name, life});
  if (!done) link_.dialer.Complain("the queue cannot be tidied up", done.error());
}

}  // namespace matinee::coord::redis
