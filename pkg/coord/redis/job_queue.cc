#include "coord/redis/job_queue.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/strings.h"
#include "coord/coordination.h"
#include "telemetry/log.h"

namespace matinee::coord {

using redis::QueueNumber;
using redis::Reply;
using redis::Script;
using redis::StreamEntry;
using redis::Words;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

// Keys that one script looks up: some milliseconds in which Redis does nothing else.
constexpr size_t kKeysPerLookup = 500;
constexpr size_t kReasonBytesMax = 2000;

// The answer of the scripts "receive" and "reclaim": queue, entry id, fields, the time. Nothing for
// any other.
std::optional<StreamEntry> ReadReceived(const QueueTable& queues, const Reply& reply) {
  if (reply.items.size() != 4) return std::nullopt;
  const auto place = static_cast<size_t>(reply.items[0].number - 1);
  if (place >= queues.size()) return std::nullopt;
  return redis::ReadEntry(queues, place, reply.items[1], reply.items[2]);
}

std::vector<std::string> NumbersOf(const QueueFilter& filter) {
  std::vector<std::string> numbers;
  numbers.reserve(filter.size());
  for (const size_t place : filter) numbers.push_back(QueueNumber(place));
  return numbers;
}

// A dead letter: reason, queue (as version 0.1.0 wrote it under another name), then the fields of
// the entry.
std::optional<DeadLetterJob> ReadDeadLetter(const Reply& fields) {
  constexpr size_t kOwnFields = 4;  // Names and values.
  if (fields.items.size() < kOwnFields) return std::nullopt;
  const Reply rest{.kind = Reply::Kind::kList,
                   .text = {},
                   .items = {fields.items.begin() + kOwnFields, fields.items.end()}};
  const std::string queue = EscapeUnprintable(fields.items[3].text);
  DeadLetterJob letters{.job = redis::ReadJob(queue, rest).value_or(Job{.queue = queue}),
                        .reason = fields.items[1].text};
  return letters;
}

}  // namespace

RedisJobQueue::RedisJobQueue(std::shared_ptr<redis::RedisContext> context)
    : context_(std::move(context)),
      queue_keys_(redis::QueueKeys(context_->keys)),
      leader_term_key_(context_->keys.LastTerm(kLeaderLease)),
      consumer_(*context_),
      readers_(*context_) {}

RedisJobQueue::~RedisJobQueue() {
  Close();
}

size_t RedisJobQueue::PlaceOfJob(const Delivery& delivery) const {
  return PlaceOf(context_->queues, delivery.job.queue);
}

Status RedisJobQueue::Enqueue(const Job& job, Term term) {
  if (closed_) return Fail(Code::kUnavailable, "the program is shutting down");
  TRY(CheckJob(job));
  const size_t place = PlaceOf(context_->queues, job.queue);
  if (place == context_->queues.size()) {
    return Fail(Code::kInvalidArgument, "there is no queue " + job.queue);
  }
  std::vector<std::string_view> keys = queue_keys_;
  keys.emplace_back(leader_term_key_);
  const std::string queue = QueueNumber(place);
  const std::string jobs_max = std::to_string(context_->queues.at(place).jobs_max);
  const std::string term_text = std::to_string(term);
  const std::string key = KeyOf(job);
  TRY_ASSIGN(const Reply reply, context_->pipeline.Run(Script::kEnqueue, keys,
                                                       {queue, jobs_max, term_text, job.kind,
                                                        job.subject, job.traceparent, key}));
  if (reply.text == "full") {
    return Fail(Code::kUnavailable, "the queue " + job.queue + " is full; try again in a while");
  }
  if (reply.text == "superseded") return Fail(Code::kConflict, "another process is the leader");
  return {};
}

std::optional<Delivery> RedisJobQueue::Deliver(StreamEntry entry) {
  if (!entry.job) {
    Log(Severity::kWarn, "redis", "an entry of a queue is malformed", {{"entry", entry.id}});
    const Status moved = DeadLetterEntry(entry.place, entry.id, "the entry is malformed");
    if (!moved) LogError("redis", "a malformed entry stays in its queue", moved.error());
    return std::nullopt;
  }
  consumer_.Add(entry.place, entry.id);
  Delivery delivery;
  delivery.job = *std::move(entry.job);
  delivery.receipt = std::move(entry.id);
  delivery.redelivered = entry.redelivered;
  delivery.waited = std::max(microseconds(0), consumer_.RedisNow() - entry.enqueued_at);
  if (!closed_) return delivery;
  // The program is about to end: another consumer has more time for it.
  [[maybe_unused]] const Status nacked = Nack(delivery);
  return std::nullopt;
}

bool RedisJobQueue::IsReclaimDue(const QueueFilter& filter) {
  const std::lock_guard lock(reclaim_mutex_);
  const MonoTime now = steady_clock::now();
  MonoTime& next = next_reclaim_[filter];
  if (now < next) return false;
  next = now + context_->timeouts.reclaim_interval;
  return true;
}

// A crashed consumer may have left more than one.
void RedisJobQueue::ReclaimAgainSoon(const QueueFilter& filter) {
  const std::lock_guard lock(reclaim_mutex_);
  next_reclaim_[filter] = steady_clock::now();
}

std::optional<Delivery> RedisJobQueue::Reclaim(const QueueFilter& filter) {
  const auto heartbeat = consumer_.heartbeat();
  if (heartbeat.last_heartbeat == 0) return std::nullopt;
  const auto& timeouts = context_->timeouts;
  const std::array<std::string, 6> numbers = {
      std::to_string(timeouts.visibility_timeout.count()),
      std::to_string(microseconds(consumer_.gap_max()).count()),
      std::to_string(
          microseconds(timeouts.visibility_timeout + timeouts.heartbeat_interval).count()),
      std::to_string(heartbeat.last_heartbeat),
      std::to_string(heartbeat.stable_since),
      std::to_string(filter.size())};
  const std::vector<std::string> queues = NumbersOf(filter);
  const std::vector<std::string> in_flight = consumer_.InFlight();
  std::vector<std::string_view> arguments = {context_->name};
  arguments.insert(arguments.end(), numbers.begin(), numbers.end());
  arguments.insert(arguments.end(), queues.begin(), queues.end());
  arguments.insert(arguments.end(), in_flight.begin(), in_flight.end());
  const auto reply = context_->pipeline.Run(Script::kReclaim, queue_keys_, Words(arguments));
  if (!reply) return std::nullopt;
  std::optional<StreamEntry> entry = ReadReceived(context_->queues, *reply);
  if (!entry) return std::nullopt;
  ReclaimAgainSoon(filter);
  Log(Severity::kWarn, "redis", "a consumer sent no heartbeat; its job is reclaimed",
      {{"entry", entry->id}, {"subject", entry->job ? entry->job->subject : ""}});
  entry->redelivered = true;
  return Deliver(*std::move(entry));
}

std::optional<Delivery> RedisJobQueue::ReceiveQueued(const QueueFilter& filter) {
  const std::vector<std::string> queues = NumbersOf(filter);
  std::vector<std::string_view> arguments = {context_->name};
  arguments.insert(arguments.end(), queues.begin(), queues.end());
  // Ends: each turn but the last removes a malformed entry.
  while (!closed_) {
    const auto reply = context_->pipeline.Run(Script::kReceive, queue_keys_, Words(arguments));
    if (!reply) return std::nullopt;
    std::optional<StreamEntry> entry = ReadReceived(context_->queues, *reply);
    if (!entry) return std::nullopt;
    if (const auto now = ParseInt(reply->items[3].text)) consumer_.SetRedisNow(*now);
    if (auto delivery = Deliver(*std::move(entry))) return delivery;
  }
  return std::nullopt;
}

std::optional<Delivery> RedisJobQueue::WaitForOne(const QueueFilter& filter, milliseconds wait) {
  auto entries = readers_.Read(filter, wait);
  if (!entries) {
    context_->dialer.LogThrottled("no job can be received", entries.error());
    readers_.Sleep(
        std::min(wait, std::max(context_->dialer.RetryDelay(), context_->timeouts.backoff_min)));
    return std::nullopt;
  }
  std::optional<Delivery> received;
  for (StreamEntry& entry : *entries) {
    if (!received) {
      received = Deliver(std::move(entry));
    } else if (const Status nacked = NackEntry(entry.place, entry.id, entry.redelivered); !nacked) {
      // One too many; without heartbeats it is reclaimed after the visibility timeout.
      LogError("redis", "a surplus job could not be requeued", nacked.error());
    }
  }
  return received;
}

std::optional<Delivery> RedisJobQueue::Receive(const QueueFilter& filter, milliseconds wait) {
  consumer_.Start();
  const MonoTime deadline = steady_clock::now() + std::min<milliseconds>(wait, kReceiveWaitMax);
  bool first = true;
  while (!closed_ && !context_->earlier.IsGone()) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now());
    if (left.count() <= 0) return std::nullopt;
    readers_.Sleep(std::min(left, context_->timeouts.reclaim_interval));
  }
  while (!closed_) {
    if (IsReclaimDue(filter)) {
      if (auto delivery = Reclaim(filter)) return delivery;
    }
    // Only once: a blocking read returns what comes, and cannot choose by priority.
    if (first) {
      if (auto delivery = ReceiveQueued(filter)) return delivery;
    }
    first = false;
    const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now());
    if (left.count() <= 0) break;
    if (auto delivery = WaitForOne(filter, std::min(left, context_->timeouts.reclaim_interval))) {
      return delivery;
    }
  }
  return std::nullopt;
}

Status RedisJobQueue::Ack(const Delivery& delivery) {
  const size_t place = PlaceOfJob(delivery);
  // First: whatever Redis answers, this process does nothing more for the job.
  consumer_.Remove(place, delivery.receipt);
  const std::string key = KeyOf(delivery.job);
  TRY(context_->pipeline.Run(Script::kAck, queue_keys_,
                             {context_->name, QueueNumber(place), delivery.receipt, key}));
  return {};
}

Status RedisJobQueue::Nack(const Delivery& delivery) {
  const size_t place = PlaceOfJob(delivery);
  consumer_.Remove(place, delivery.receipt);
  return NackEntry(place, delivery.receipt, delivery.redelivered);
}

Status RedisJobQueue::NackEntry(size_t place, const std::string& entry_id, bool redelivered) {
  TRY(context_->pipeline.Run(
      Script::kNack, queue_keys_,
      {context_->name, QueueNumber(place), entry_id, redelivered ? "1" : "0"}));
  return {};
}

Status RedisJobQueue::DeadLetter(const Delivery& delivery, const std::string& reason) {
  const size_t place = PlaceOfJob(delivery);
  consumer_.Remove(place, delivery.receipt);
  return DeadLetterEntry(place, delivery.receipt, reason);
}

Status RedisJobQueue::DeadLetterEntry(size_t place, const std::string& entry_id,
                                      std::string_view reason) {
  std::vector<std::string_view> keys = queue_keys_;
  keys.emplace_back(context_->keys.dead_letters);
  const std::string letters_max = std::to_string(kDeadLettersMax);
  TRY(context_->pipeline.Run(
      Script::kDeadLetter, keys,
      {context_->name, QueueNumber(place), entry_id, TruncateUtf8(reason, kReasonBytesMax),
       context_->queues.at(place).name, letters_max}));
  return {};
}

Result<std::set<std::string>> RedisJobQueue::Live(const std::vector<std::string>& keys) {
  std::set<std::string> live;
  for (size_t begin = 0; begin < keys.size(); begin += kKeysPerLookup) {
    const size_t end = std::min(begin + kKeysPerLookup, keys.size());
    const std::vector<std::string_view> some(keys.begin() + static_cast<std::ptrdiff_t>(begin),
                                             keys.begin() + static_cast<std::ptrdiff_t>(end));
    TRY_ASSIGN(Reply reply, context_->pipeline.Run(Script::kFilterLive, queue_keys_, Words(some)));
    for (Reply& key : reply.items) live.insert(std::move(key.text));
  }
  return live;
}

Result<std::vector<QueueState>> RedisJobQueue::State() {
  std::vector<std::string> jobs_max;
  for (const Queue& queue : context_->queues) jobs_max.push_back(std::to_string(queue.jobs_max));
  const std::vector<std::string_view> arguments(jobs_max.begin(), jobs_max.end());
  TRY_ASSIGN(const Reply reply,
             context_->pipeline.Run(Script::kState, queue_keys_, Words(arguments)));
  if (reply.items.size() != context_->queues.size()) {
    return Fail(Code::kInternal, "the state of the queues is malformed");
  }
  std::vector<QueueState> states;
  for (const Reply& queue : reply.items) {
    const std::vector<Reply>& numbers = queue.items;
    if (numbers.size() != 3) {
      return Fail(Code::kInternal, "the state of the queues is malformed");
    }
    states.push_back({.queued = numbers[0].number,
                      .in_flight = numbers[1].number,
                      .oldest_age = milliseconds(numbers[2].number)});
  }
  return states;
}

Result<std::vector<DeadLetterJob>> RedisJobQueue::DeadLetters(size_t limit) {
  std::vector<DeadLetterJob> letters;
  if (limit == 0) return letters;
  const std::string count = std::to_string(std::min(limit, kDeadLettersMax));
  const std::array<std::string_view, 6> words = {
      "XREVRANGE", context_->keys.dead_letters, "+", "-", "COUNT", count};
  TRY_ASSIGN(const Reply reply, context_->pipeline.Call("dead_letters", words));
  for (const Reply& entry : reply.items) {
    if (entry.items.size() != 2) continue;
    if (auto letter = ReadDeadLetter(entry.items[1])) letters.push_back(*std::move(letter));
  }
  std::reverse(letters.begin(), letters.end());
  return letters;
}

void RedisJobQueue::Close() {
  closed_ = true;
  readers_.Close();
}

}  // namespace matinee::coord
