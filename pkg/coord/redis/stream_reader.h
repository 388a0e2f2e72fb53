// The blocking reads of a process: one connection for each thread that waits. Internal to this
// package.
//
// Thread safety: all methods may be called from any thread.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <vector>

#include "base/result.h"
#include "coord/job_queue.h"
#include "coord/redis/connection.h"
#include "coord/redis/redis_context.h"
#include "coord/redis/stream_entry.h"

namespace matinee::coord::redis {

class StreamReaders {
 public:
  // `context` must outlive it.
  explicit StreamReaders(RedisContext& context);
  ~StreamReaders();
  StreamReaders(const StreamReaders&) = delete;
  StreamReaders& operator=(const StreamReaders&) = delete;

  // Returns what comes within `wait`, in the order of `filter`: at most one entry of each queue,
  // more than one only if they were there already. Nothing once closed. Fails with kUnavailable.
  Result<std::vector<StreamEntry>> Read(const QueueFilter& filter, std::chrono::milliseconds wait);

  // Returns when the time is over, or on Close.
  void Sleep(std::chrono::milliseconds time) const;

  // Wakes every Read and Sleep, also later ones.
  void Close();

 private:
  Result<std::unique_ptr<Connection>> Borrow();
  Result<Reply> Exchange(Connection& connection, const QueueFilter& filter,
                         std::chrono::milliseconds wait);
  Result<Reply> Unblock(Connection& connection);
  Status CreateGroups();

  RedisContext& context_;
  const int closed_;  // A descriptor that becomes readable.
  std::mutex mutex_;
  std::vector<std::unique_ptr<Connection>> idle_;
};

}  // namespace matinee::coord::redis
