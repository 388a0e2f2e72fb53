#include "sql/postgres.h"

#include <string>
#include <utility>

#include "sql/connection_pool.h"
#include "sql/postgres_connection.h"
#include "sql/query_durations.h"
#include "sql/transaction.h"
#include "sql/values.h"

namespace matinee::sql {
namespace {

using PostgresPool = ConnectionPool<PostgresConnection>;
using Values = std::span<const Value>;

class PostgresDatabase final : public Database {
 public:
  PostgresDatabase(const PostgresOptions& options, const Clock& clock, Metrics* metrics)
      : durations_("postgresql", clock, metrics),
        pool_(
            "postgresql", options.connections,
            [options] { return PostgresConnection::Open(options); }, clock, metrics) {}

  Result<Rows> Run(const Query& query, std::initializer_list<Value> values) override {
    return durations_.Measure(query.name, [&]() -> Result<Rows> {
      TRY_ASSIGN(const PostgresPool::Lease connection, pool_.Get());
      auto rows = connection->Run(query, Values(values.begin(), values.size()));
      if (!connection->in_transaction()) return rows;
      connection->Rollback();
      if (!rows) return rows;
      return Wrong(query, Code::kInternal, "a transaction is begun by Transact only");
    });
  }

  Status Transact(const std::function<Status(Session&)>& body) override {
    TRY_ASSIGN(const PostgresPool::Lease connection, pool_.Get());
    Transaction<PostgresConnection> transaction(*connection, durations_);
    TRY(transaction.Begin());
    TRY(body(transaction));
    return transaction.Commit();
  }

  Status Connect() {
    TRY(pool_.Get());
    return {};
  }

 private:
  QueryDurations durations_;
  PostgresPool pool_;
};

}  // namespace

Result<std::unique_ptr<Database>> OpenPostgres(const PostgresOptions& options, const Clock& clock,
                                               Metrics* metrics) {
  const std::string& url = options.url.Reveal();
  if (!url.starts_with("postgres://") && !url.starts_with("postgresql://")) {
    return Fail(Code::kInvalidArgument,
                "DATABASE_URL is no address of a PostgreSQL database; it must begin with "
                "postgres://");
  }
  auto database = std::make_unique<PostgresDatabase>(options, clock, metrics);
  TRY(database->Connect());
  return database;
}

}  // namespace matinee::sql
