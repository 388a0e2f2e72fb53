// Queues that wake workers. The database row is the truth: a job that is lost here is enqueued
// again by the reconciler, so a job holds only what names its row, and the trace that it belongs
// to.
//
// A key has at most one live job: one that is queued or in flight. Delivery is at least once: a job
// whose consumer crashes, or sends no heartbeat for kVisibilityTimeout, is delivered to another.
//
// Thread safety: all methods may be called from any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "coord/queue_table.h"
#include "coord/term.h"

namespace matinee::coord {

// A consumer that has sent no heartbeat for this long loses its jobs to others; it sends one every
// kHeartbeatInterval. Both by the queue's own clock. A job of a crashed worker is resumed within
// 15 s: the visibility timeout and one round of reclaiming.
constexpr std::chrono::milliseconds kVisibilityTimeout{8000};
constexpr std::chrono::milliseconds kHeartbeatInterval{2000};

// Dead letters that are kept; the oldest go first.
constexpr size_t kDeadLettersMax = 1000;

// One unit of work.
struct Job {
  std::string queue = {};        // A name of the QueueTable.
  std::string kind = {};         // Which handler runs it: lower-case letters, digits, '_'.
  std::string subject = {};      // Which row it is about: at most 128 printable bytes of UTF-8.
  std::string traceparent = {};  // W3C Trace Context; may be empty.
  // At most one live job has this key. Empty is "<kind>:<subject>".
  std::string key = {};
};

// The key of the job as the queue keeps it.
std::string KeyOf(const Job& job);

// Fails with kInvalidArgument: a kind, subject, key or traceparent that is too long, empty or not
// printable.
Status CheckJob(const Job& job);

// A job in flight, until Ack, Nack or DeadLetter.
struct Delivery {
  Job job;
  std::string receipt;       // Opaque: only the driver reads it.
  bool redelivered = false;  // Its consumer crashed, or sent no heartbeat.
  // From Enqueue to Receive, by the queue's clock.
  std::chrono::microseconds waited{0};
};

// A job that was given up.
struct DeadLetterJob {
  Job job;
  std::string reason;
};

// One queue, as a metric sees it.
struct QueueState {
  int64_t queued = 0;                       // Not received by any consumer.
  int64_t in_flight = 0;                    // Received, not yet acknowledged.
  std::chrono::milliseconds oldest_age{0};  // Of the queued ones; 0 if there is none.
};

// Receive cuts longer waits to this, which keeps additions to the clock from overflowing.
constexpr std::chrono::hours kReceiveWaitMax{24 * 365};

class JobQueue {
 public:
  virtual ~JobQueue() = default;

  // The table that the queues were made from.
  [[nodiscard]] virtual const QueueTable& queues() const = 0;
  // What carries the jobs: "redis" or "in_process" (the messaging.system of traces).
  [[nodiscard]] virtual std::string_view system() const = 0;

  // Does nothing if the job's key has a live job. Fails with kUnavailable (the queue is full,
  // closed or out of reach), kConflict (a leader of a later term has written) and kInvalidArgument
  // (CheckJob, or no such queue).
  virtual Status Enqueue(const Job& job, Term term = kNoTerm) = 0;

  // Returns the next job of the first queue of `filter` that has one; nothing after `wait`, when
  // the queue is closed, or when it stays out of reach. The driver sends the heartbeats for it.
  virtual std::optional<Delivery> Receive(const QueueFilter& filter,
                                          std::chrono::milliseconds wait) = 0;

  // Acknowledges the job: its row is committed. Fails with kUnavailable: the job will be delivered
  // once more, and its row will say that nothing is left to do.
  virtual Status Ack(const Delivery& delivery) = 0;
  // Puts the job at the end of its queue again. A redelivered job stays redelivered.
  virtual Status Nack(const Delivery& delivery) = 0;
  // Ends the job and keeps it with its reason, for the operator.
  virtual Status DeadLetter(const Delivery& delivery, const std::string& reason) = 0;

  // Returns those of `keys` that have a live job.
  virtual Result<std::set<std::string>> Live(const std::vector<std::string>& keys) = 0;
  // By place in the table.
  virtual Result<std::vector<QueueState>> State() = 0;
  // Returns the newest `limit` dead letters, oldest first.
  virtual Result<std::vector<DeadLetterJob>> DeadLetters(size_t limit) = 0;

  // Wakes every Receive; Receive returns nothing from now on. Ack, Nack and DeadLetter still work.
  virtual void Close() = 0;
};

}  // namespace matinee::coord
