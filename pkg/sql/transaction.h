// One transaction on a connection of either driver. Internal to this package.
//
// A Connection has Begin(), Commit(), Rollback(), Run(), in_transaction() and kColumns, the query
// for a table's columns.
//
// Thread safety: none; it belongs to the thread that has the connection.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sql/column_names.h"
#include "sql/database.h"
#include "sql/parameter_checks.h"
#include "sql/query_metrics.h"

namespace matinee::sql {

// Rolls back when it is destroyed, unless Commit() succeeded.
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

  // Returns the first error again once a statement has failed: the database may have rolled back by
  // itself, and what follows would be committed without what came before.
  Result<Rows> Run(const Query& query, std::span<const Value> values) override {
    if (failure_) return Fail(*failure_);
    auto rows = query_metrics_.Measure(query.name, [&] { return connection_.Run(query, values); });
    if (!rows) {
      failure_ = rows.error();
    } else if (!connection_.in_transaction()) {
      failure_ =
          Error{Code::kInternal, QueryLabel(query) + ": a transaction is ended by Transact only"};
      return Fail(*failure_);
    }
    return rows;
  }

  Result<std::vector<std::string>> Columns(std::string_view table) override {
    return ColumnNames(*this, Connection::kColumns, table);
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
