// One transaction on a connection of either driver. Internal to this package.
//
// A Connection has Begin(), Commit(), Rollback(), Run() and in_transaction().
//
// Thread safety: none; it belongs to the thread that has the connection.
#pragma once

#include <optional>
#include <span>

#include "sql/database.h"
#include "sql/parameter_checks.h"
#include "sql/query_metrics.h"

namespace matinee::sql {

// Rolled back at its end unless Commit() succeeded.
template <typename Connection>
class Transaction final : public Session {
 public:
  Transaction(Connection& connection, QueryMetrics& durations)
      : connection_(connection), query_metrics_(durations) {}
  ~Transaction() override {
    if (connection_.in_transaction()) connection_.Rollback();
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  Status Begin() {
    return query_metrics_.Measure("begin", [&] { return connection_.Begin(); });
  }

  // After an error the database may have rolled back by itself: what follows would stand alone, so
  // it gets the same error.
  Result<Rows> Run(const Query& query, std::initializer_list<Value> values) override {
    if (failure_) return Fail(*failure_);
    auto rows = query_metrics_.Measure(query.name, [&] {
      return connection_.Run(query, std::span<const Value>(values.begin(), values.size()));
    });
    if (!rows) {
      failure_ = rows.error();
    } else if (!connection_.in_transaction()) {
      failure_ =
          Error{Code::kInternal, QueryLabel(query) + ": a transaction is ended by Transact only"};
      return Fail(*failure_);
    }
    return rows;
  }

  Status Commit() {
    if (failure_) return Fail(*failure_);
    return query_metrics_.Measure("commit", [&] { return connection_.Commit(); });
  }

 private:
  Connection& connection_;
  QueryMetrics& query_metrics_;
  std::optional<Error> failure_;
};

}  // namespace matinee::sql
