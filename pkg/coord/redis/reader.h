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
#include "coord/redis/entry.h"
#include "coord/redis/link.h"

namespace matinee::coord::redis {

class Readers {
 public:
  // `link` must outlive it.
  explicit Readers(Link& link);
  ~Readers();
  Readers(const Readers&) = delete;
  Readers& operator=(const Readers&) = delete;

  // What comes within `wait`, in the order of the lanes: at most one entry of each, more than one
  // only if they were there already. Nothing once closed. Fails with kUnavailable.
  Result<std::vector<Entry>> Read(Accept accept, std::chrono::milliseconds wait);

  // Until the time is over, or closed.
  void Sleep(std::chrono::milliseconds time) const;

  // Wakes everybody, for good.
  void Close();

 private:
  Result<std::unique_ptr<Connection>> Borrow();
  Result<Reply> Exchange(Connection& connection, Accept accept, std::chrono::milliseconds wait);
  Result<Reply> Unblock(Connection& connection);
  Status MakeGroups();

  Link& link_;
  const int closed_;  // A descriptor that becomes readable.
  std::mutex mutex_;
  std::vector<std::unique_ptr<Connection>> idle_;
};

}  // namespace matinee::coord::redis
