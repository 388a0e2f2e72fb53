#include "sql/sqlite_pool.h"

#include <utility>

namespace matinee::sql {

SqlitePool::Lease::~Lease() {
  if (connection_) pool_->GiveBack(std::move(connection_));
}

Result<SqlitePool::Lease> SqlitePool::Get() {
  std::unique_ptr<SqliteConnection> idle;
  {
    std::unique_lock lock(mutex_);
    if (!returned_.wait_for(lock, kConnectionWait, [this] { return lent_ < size_; })) {
      return Fail(Code::kUnavailable, "the database is busy; try again in a while");
    }
    ++lent_;
    if (!idle_.empty()) {
      idle = std::move(idle_.back());
      idle_.pop_back();
    }
  }
  // From here without the lock: it asks the disk.
  if (idle && !idle->HasMoved()) return Lease(*this, std::move(idle));
  idle.reset();
  auto opened = open_();
  if (!opened) {
    GiveBack(nullptr);
    return Fail(std::move(opened).error());
  }
  return Lease(*this, *std::move(opened));
}

void SqlitePool::GiveBack(std::unique_ptr<SqliteConnection> connection) {
  if (connection && connection->broken()) connection.reset();
  {
    const std::lock_guard lock(mutex_);
    if (connection) idle_.push_back(std::move(connection));
    --lent_;
  }
  returned_.notify_one();
}

}  // namespace matinee::sql
