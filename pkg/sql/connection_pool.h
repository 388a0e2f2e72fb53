// Connections that threads borrow. Internal to this package.
//
// A Connection has Usable(), asked before it is lent again (a quick look: is the other side still
// there?), and broken(), asked when it comes back.
//
// Thread safety: Get() may be called from any thread; a Lease belongs to the thread that got it and
// must not outlive its pool.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "sql/pool_metrics.h"

namespace matinee::sql {

// How long a caller waits for a connection while all are lent. A statement may take long, but who
// waits is a request with a deadline of its own.
constexpr std::chrono::seconds kConnectionWait{10};

template <typename Connection>
class ConnectionPool {
 public:
  using Open = std::function<Result<std::unique_ptr<Connection>>()>;

  // Borrowed until it is destroyed. A broken connection is closed then, not kept.
  class Lease {
   public:
    Lease(ConnectionPool& pool, std::unique_ptr<Connection> connection)
        : pool_(&pool), connection_(std::move(connection)) {}
    Lease(Lease&&) noexcept = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (connection_) pool_->GiveBack(std::move(connection_));
    }

    Connection* operator->() const { return connection_.get(); }
    Connection& operator*() const { return *connection_; }

   private:
    ConnectionPool* pool_;
    std::unique_ptr<Connection> connection_;
  };

  // At most `size` connections, opened when they are first needed. `name`: see pool_metrics.h;
  // `metrics` may be null.
  ConnectionPool(const std::string& name, size_t size, Open open, const Clock& clock,
                 Metrics* metrics)
      : size_(size), open_(std::move(open)), metrics_(name, size, clock, metrics) {}

  // Fails with kUnavailable after kConnectionWait, or as opening does.
  Result<Lease> Get() {
    std::unique_ptr<Connection> idle;
    const MonoTime begin = metrics_.Now();
    {
      std::unique_lock lock(mutex_);
      if (!returned_.wait_for(lock, kConnectionWait, [this] { return lent_ < size_; })) {
        metrics_.TimedOut(begin);
        return Fail(Code::kUnavailable, "the database is busy; try again in a while");
      }
      ++lent_;
      if (!idle_.empty()) {
        idle = std::move(idle_.back());
        idle_.pop_back();
      }
      metrics_.SetConnections(lent_, idle_.size());
    }
    metrics_.Waited(begin);
    // From here without the lock: it asks the disk or the network.
    if (idle && idle->Usable()) return Lease(*this, std::move(idle));
    idle.reset();
    auto opened = open_();
    if (!opened) {
      GiveBack(nullptr);
      return Fail(std::move(opened).error());
    }
    return Lease(*this, *std::move(opened));
  }

 private:
  void GiveBack(std::unique_ptr<Connection> connection) {
    if (connection && connection->broken()) connection.reset();
    {
      const std::lock_guard lock(mutex_);
      if (connection) idle_.push_back(std::move(connection));
      --lent_;
      metrics_.SetConnections(lent_, idle_.size());
    }
    returned_.notify_one();
  }

  const size_t size_;
  const Open open_;
  PoolMetrics metrics_;
  std::mutex mutex_;
  std::condition_variable returned_;
  size_t lent_ = 0;
  std::vector<std::unique_ptr<Connection>> idle_;
};

}  // namespace matinee::sql
