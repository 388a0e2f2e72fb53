// A pool of connections. Internal to this package.
//
// A Connection has Usable(), called before it is lent again (a quick check that the server is still
// there), and broken(), called when it is returned.
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

// How long a caller waits for a connection while all are lent. A statement may take long, but
// the caller is usually a request with its own deadline.
constexpr std::chrono::seconds kConnectionWait{10};

template <typename Connection>
class ConnectionPool {
 public:
  using Open = std::function<Result<std::unique_ptr<Connection>>()>;

  // Returns the connection to the pool when it is destroyed; a broken one is closed.
  class Lease {
   public:
    Lease(ConnectionPool& pool, std::unique_ptr<Connection> connection)
        : pool_(&pool), connection_(std::move(connection)) {}
    Lease(Lease&&) noexcept = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (connection_) pool_->Return(std::move(connection_));
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
    // Without the lock from here: this is I/O.
    if (idle && idle->Usable()) return Lease(*this, std::move(idle));
    idle.reset();
    auto opened = open_();
    if (!opened) {
      Return(nullptr);
      return Fail(std::move(opened).error());
    }
    return Lease(*this, *std::move(opened));
  }

 private:
  void Return(std::unique_ptr<Connection> connection) {
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
