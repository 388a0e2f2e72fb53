// Connections that threads borrow. Internal to this package.
//
// Thread safety: Get() may be called from any thread; a Lease belongs to the thread that got it and
// must not outlive its pool.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "base/result.h"
#include "sql/sqlite_connection.h"

namespace matinee::sql {

// How long a caller waits for a connection while all are lent. A statement may take long, but who
// waits is a request with a deadline of its own.
constexpr std::chrono::seconds kConnectionWait{10};

class SqlitePool {
 public:
  using Open = std::function<Result<std::unique_ptr<SqliteConnection>>()>;

  // Borrowed until it is destroyed. A broken connection is closed then, not kept.
  class Lease {
   public:
    Lease(SqlitePool& pool, std::unique_ptr<SqliteConnection> connection)
        : pool_(&pool), connection_(std::move(connection)) {}
    Lease(Lease&&) = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease();

    SqliteConnection* operator->() const { return connection_.get(); }
    SqliteConnection& operator*() const { return *connection_; }

   private:
    SqlitePool* pool_;
    std::unique_ptr<SqliteConnection> connection_;
  };

  // At most `size` connections, opened when they are first needed.
  SqlitePool(size_t size, Open open) : size_(size), open_(std::move(open)) {}

  // Fails with kUnavailable after kConnectionWait, or as opening does.
  Result<Lease> Get();

 private:
  void GiveBack(std::unique_ptr<SqliteConnection> connection);

  const size_t size_;
  const Open open_;
  std::mutex mutex_;
  std::condition_variable returned_;
  size_t lent_ = 0;
  std::vector<std::unique_ptr<SqliteConnection>> idle_;
};

}  // namespace matinee::sql
