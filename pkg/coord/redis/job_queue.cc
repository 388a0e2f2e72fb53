#include "coord/redis/job_queue.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/strings.h"
#include "telemetry/log.h"

namespace matinee::coord {

using redis::Entry;
using redis::LaneNumber;
using redis::Reply;
using redis::Script;
using redis::Words;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

// Nobody waits longer; keeps additions to the clock from overflowing.
constexpr std::chrono::hours kLongestWait{24 * 365};
// Captures that one script looks up: some milliseconds in which Redis does nothing else.
constexpr size_t kLiveAtOnce = 500;
constexpr size_t kReasonBytesMax = 2000;

std::string_view LanesOf(Accept accept) {
  return accept == Accept::kAll ? "3" : "1";
}

std::string_view TextOf(const Reply& fields, std::string_view name) {
  for (size_t i = 0; i + 1 < fields.items.size(); i += 2) {
    if (fields.items[i].text == name) return fields.items[i + 1].text;
  }
  return {};
}

// The answer of the scripts "take" and "look": lane, entry id, fields, the time. Nothing for any
// other.
std::optional<Entry> ReadTaken(const Reply& reply) {
  if (reply.items.size() != 4) return std::nullopt;
  const auto lane = static_cast<size_t>(reply.items[0].number - 1);
  if (lane >= kLanes.size()) return std::nullopt;
  return redis::ReadEntry(kLanes.at(lane), reply.items[1], reply.items[2]);
}

}  // namespace

RedisJobQueue::RedisJobQueue(std::shared_ptr<redis::Link> link)
    : link_(std::move(link)),
      lane_keys_(redis::LaneKeys(link_->keys)),
      hands_(*link_),
      readers_(*link_) {}

RedisJobQueue::~RedisJobQueue() {
  Close();
}

Status RedisJobQueue::Enqueue(const Job& job, Epoch epoch) {
  if (closed_) return Fail(Code::kUnavailable, "the program is shutting down");
  if (!redis::IsCaptureId(job.capture_id)) {
    return Fail(Code::kInvalidArgument, "a capture cannot have this id");
  }
  std::vector<std::string_view> keys = lane_keys_;
  keys.emplace_back(link_->keys.epoch);
  const std::string epoch_text = std::to_string(epoch);
  const std::string jobs_max = std::to_string(kLaneJobsMax);
  const std::string lane = LaneNumber(job.lane);
  TRY_ASSIGN(const Reply reply,
             link_->pipeline.Run(Script::kEnqueue, keys,
                                 {job.capture_id, job.traceparent, epoch_text, jobs_max, lane}));
  if (reply.text == "full") {
    return Fail(Code::kUnavailable, "too many captures are waiting; try again in a while");
  }
  if (reply.text == "superseded") return Fail(Code::kConflict, "another is the leader by now");
  return {};
}

bool RedisJobQueue::HasRoom(Lane lane) {
  const std::array<std::string_view, 2> words = {"HLEN",
                                                 link_->keys.indexes.at(static_cast<size_t>(lane))};
  const auto reply = link_->pipeline.Call("has_room", words);
  return !reply || reply->number < static_cast<int64_t>(kLaneJobsMax);
}

std::optional<Delivery> RedisJobQueue::Receive(Entry entry, bool redelivered) {
  if (!entry.job) {
    Log(Severity::kWarn, "redis", "an entry of the queue is no job", {{"entry", entry.id}});
    const Status buried = BuryEntry(entry.lane, entry.id, "the entry holds no capture");
    if (!buried) LogError("redis", "it could not be buried", buried.error());
    return std::nullopt;
  }
  hands_.Hold(entry.lane, entry.id);
  Delivery delivery;
  delivery.job = *std::move(entry.job);
  delivery.receipt = std::move(entry.id);
  delivery.redelivered = redelivered;
  delivery.waited = std::max(microseconds(0), hands_.RedisNow() - entry.enqueued_at);
  if (!closed_) return delivery;
  // The program is about to end: somebody else has more time for it.
  [[maybe_unused]] const Status given_back = GiveBack(delivery);
  return std::nullopt;
}

bool RedisJobQueue::TimeToLook(Accept accept) {
  const std::lock_guard lock(look_mutex_);
  const MonoTime now = steady_clock::now();
  MonoTime& next_look = next_look_.at(static_cast<size_t>(accept));
  if (now < next_look) return false;
  next_look = now + link_->times.look_interval;
  return true;
}

// Who died may have left more than one.
void RedisJobQueue::LookAgain(Accept accept) {
  const std::lock_guard lock(look_mutex_);
  next_look_.at(static_cast<size_t>(accept)) = steady_clock::now();
}

std::optional<Delivery> RedisJobQueue::TakeFromDead(Accept accept) {
  const auto pulse = hands_.pulse();
  if (pulse.last_beat == 0) return std::nullopt;
  const auto& times = link_->times;
  const std::string silent = std::to_string(times.silent_after.count());
  const std::string gap = std::to_string(microseconds(hands_.gap_max()).count());
  const std::string settled =
      std::to_string(microseconds(times.silent_after + times.beat_interval).count());
  const std::string last_beat = std::to_string(pulse.last_beat);
  const std::string regular_since = std::to_string(pulse.regular_since);
  std::vector<std::string> held;
  for (const auto& [lane, id] : hands_.Held())
    held.push_back(std::string(lane).append(" ").append(id));
  std::vector<std::string_view> arguments = {link_->name, LanesOf(accept), silent,       gap,
                                             settled,     last_beat,       regular_since};
  arguments.insert(arguments.end(), held.begin(), held.end());
  const auto reply = link_->pipeline.Run(Script::kLook, lane_keys_, Words(arguments));
  if (!reply) return std::nullopt;
  std::optional<Entry> entry = ReadTaken(*reply);
  if (!entry) return std::nullopt;
  LookAgain(accept);
  Log(Severity::kWarn, "redis", "a worker fell silent; its job is taken over",
      {{"entry", entry->id}, {"capture_id", entry->job ? entry->job->capture_id : ""}});
  return Receive(*std::move(entry), true);
}

std::optional<Delivery> RedisJobQueue::TakeWaiting(Accept accept) {
  // Ends: each turn but the last takes away an entry that is no job.
  while (!closed_) {
    const auto reply =
        link_->pipeline.Run(Script::kTake, lane_keys_, {link_->name, LanesOf(accept)});
    if (!reply) return std::nullopt;
    std::optional<Entry> entry = ReadTaken(*reply);
    if (!entry) return std::nullopt;
    if (const auto now = ParseInt(reply->items[3].text)) hands_.SetRedisNow(*now);
    if (auto delivery = Receive(*std::move(entry), false)) return delivery;
  }
  return std::nullopt;
}

std::optional<Delivery> RedisJobQueue::WaitForOne(Accept accept, milliseconds wait) {
  auto entries = readers_.Read(accept, wait);
  if (!entries) {
    link_->dialer.Complain("no job can be taken", entries.error());
    readers_.Sleep(std::min(wait, std::max(link_->dialer.Patience(), link_->times.backoff_min)));
    return std::nullopt;
  }
  std::optional<Delivery> taken;
  for (Entry& entry : *entries) {
    if (!taken) {
      taken = Receive(std::move(entry), false);
    } else if (const Status given_back = GiveBackEntry(entry.lane, entry.id); !given_back) {
      // One too many; it comes back when our silence about it has lasted long enough.
      LogError("redis", "a job could not be given back", given_back.error());
    }
  }
  return taken;
}

std::optional<Delivery> RedisJobQueue::Take(Accept accept, milliseconds wait) {
  hands_.Start();
  const MonoTime deadline = steady_clock::now() + std::min<milliseconds>(wait, kLongestWait);
  bool first = true;
  while (!closed_) {
    if (TimeToLook(accept)) {
      if (auto delivery = TakeFromDead(accept)) return delivery;
    }
    // Only once: whoever waits in a blocking read gets what comes, and there it cannot choose.
    if (first) {
      if (auto delivery = TakeWaiting(accept)) return delivery;
    }
    first = false;
    const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now());
    if (left.count() <= 0) break;
    if (auto delivery = WaitForOne(accept, std::min(left, link_->times.look_interval))) {
      return delivery;
    }
  }
  return std::nullopt;
}

Status RedisJobQueue::Done(const Delivery& delivery) {
  const Lane lane = delivery.job.lane;
  // First: whatever Redis says, this process will not do anything for it any more.
  hands_.Release(lane, delivery.receipt);
  TRY(link_->pipeline.Run(
      Script::kDone, lane_keys_,
      {link_->name, LaneNumber(lane), delivery.receipt, delivery.job.capture_id}));
  return {};
}

Status RedisJobQueue::GiveBack(const Delivery& delivery) {
  hands_.Release(delivery.job.lane, delivery.receipt);
  return GiveBackEntry(delivery.job.lane, delivery.receipt);
}

Status RedisJobQueue::GiveBackEntry(Lane lane, const std::string& entry_id) {
  TRY(link_->pipeline.Run(Script::kGiveBack, lane_keys_,
                          {link_->name, LaneNumber(lane), entry_id}));
  return {};
}

Status RedisJobQueue::Bury(const Delivery& delivery, const std::string& reason) {
  hands_.Release(delivery.job.lane, delivery.receipt);
  return BuryEntry(delivery.job.lane, delivery.receipt, reason);
}

Status RedisJobQueue::BuryEntry(Lane lane, const std::string& entry_id, std::string_view reason) {
  std::vector<std::string_view> keys = lane_keys_;
  keys.emplace_back(link_->keys.dead);
  const std::string dead_max = std::to_string(kDeadJobsMax);
  TRY(link_->pipeline.Run(Script::kBury, keys,
                          {link_->name, LaneNumber(lane), entry_id,
                           TruncateUtf8(reason, kReasonBytesMax), ToString(lane), dead_max}));
  return {};
}

Result<std::set<std::string>> RedisJobQueue::Live(const std::vector<std::string>& capture_ids) {
  std::set<std::string> live;
  for (size_t begin = 0; begin < capture_ids.size(); begin += kLiveAtOnce) {
    const size_t end = std::min(begin + kLiveAtOnce, capture_ids.size());
    const std::vector<std::string_view> ids(
        capture_ids.begin() + static_cast<std::ptrdiff_t>(begin),
        capture_ids.begin() + static_cast<std::ptrdiff_t>(end));
    TRY_ASSIGN(Reply reply, link_->pipeline.Run(Script::kLive, lane_keys_, Words(ids)));
    for (Reply& id : reply.items) live.insert(std::move(id.text));
  }
  return live;
}

Result<std::array<LaneState, kLanes.size()>> RedisJobQueue::State() {
  const std::string count_max = std::to_string(kLaneJobsMax);
  TRY_ASSIGN(const Reply reply, link_->pipeline.Run(Script::kState, lane_keys_, {count_max}));
  std::array<LaneState, kLanes.size()> states;
  if (reply.items.size() != states.size()) return Fail(Code::kInternal, "the state is no state");
  for (size_t i = 0; i < states.size(); ++i) {
    const std::vector<Reply>& numbers = reply.items[i].items;
    if (numbers.size() != 3) return Fail(Code::kInternal, "the state is no state");
    states.at(i) = {.waiting = numbers[0].number,
                    .running = numbers[1].number,
                    .oldest_age = milliseconds(numbers[2].number)};
  }
  return states;
}

Result<std::vector<DeadJob>> RedisJobQueue::Dead(size_t limit) {
  std::vector<DeadJob> dead;
  if (limit == 0) return dead;
  const std::string count = std::to_string(std::min(limit, kDeadJobsMax));
  const std::array<std::string_view, 6> words = {"XREVRANGE", link_->keys.dead, "+",
                                                 "-",         "COUNT",          count};
  TRY_ASSIGN(const Reply reply, link_->pipeline.Call("dead", words));
  for (const Reply& entry : reply.items) {
    if (entry.items.size() != 2) continue;
    const Reply& fields = entry.items[1];
    DeadJob job;
    for (const Lane lane : kLanes) {
      if (TextOf(fields, "lane") == ToString(lane)) job.job.lane = lane;
    }
    job.job.capture_id = EscapeUnprintable(TextOf(fields, "capture"));
    job.job.traceparent = EscapeUnprintable(TextOf(fields, "traceparent"));
    job.reason = TextOf(fields, "reason");
    dead.push_back(std::move(job));
  }
  std::reverse(dead.begin(), dead.end());
  return dead;
}

void RedisJobQueue::Close() {
  closed_ = true;
  readers_.Close();
}

}  // namespace matinee::coord
