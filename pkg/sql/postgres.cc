#include "sql/postgres.h"

#include <string>
#include <utility>
#include <vector>

#include "base/batcher.h"
#include "sql/column_names.h"
#include "sql/connection_pool.h"
#include "sql/parameter_checks.h"
#include "sql/postgres_connection.h"
#include "sql/query_metrics.h"
#include "sql/transaction.h"

namespace matinee::sql {
namespace {

using PostgresPool = ConnectionPool<PostgresConnection>;
using Values = std::span<const Value>;

// How long statements of a group commit wait for a locked row. Then each is retried separately, and
// only the one that needs that row waits.
constexpr Query kShareNoLongWait{"share_no_long_wait",
                                 "SELECT set_config('lock_timeout', '100', true)"};

class PostgresDatabase final : public Database {
 public:
  PostgresDatabase(const PostgresOptions& options, const Clock& clock, Metrics* metrics)
      : query_metrics_("postgresql", clock, metrics),
        pool_(
            "postgresql", options.connections,
            [options] { return PostgresConnection::Open(options); }, clock, metrics) {}

  using Session::Run;
  Result<Rows> Run(const Query& query, Values values) override {
    return query_metrics_.Measure(query.name, [&] { return RunAlone({query, values}); });
  }

  Result<std::vector<std::string>> Columns(std::string_view table) override {
    return ColumnNames(*this, PostgresConnection::kColumns, table);
  }

  using Database::RunGroupCommit;
  Result<Rows> RunGroupCommit(const Query& query, Values values) override {
    return query_metrics_.Measure(query.name, [&] {
      SharedCall call(query, values);
      sharing_.Run(call, [this](Sharing::Batch& batch) { RunTogether(batch); });
      return call.alone ? RunAlone(call.statement) : std::move(call.answer);
    });
  }

  Status Transact(const std::function<Status(Session&)>& body) override {
    TRY_ASSIGN(const PostgresPool::Lease connection, pool_.Get());
    Transaction<PostgresConnection> transaction(*connection, query_metrics_);
    TRY(transaction.Begin());
    TRY(body(transaction));
    return transaction.Commit();
  }

  Status Connect() {
    TRY(pool_.Get());
    return {};
  }

 private:
  struct SharedCall : BatchedCall {
    SharedCall(const Query& query, Values values) : statement{query, values} {}
    const Statement statement;
    Result<Rows> answer;
    bool alone = false;  // It is to be run once more, alone.
  };
  using Sharing = Batcher<SharedCall>;

  Result<Rows> RunAlone(const Statement& statement);
  void RunTogether(Sharing::Batch& batch);

  QueryMetrics query_metrics_;
  PostgresPool pool_;
  Sharing sharing_;
};

Result<Rows> PostgresDatabase::RunAlone(const Statement& statement) {
  TRY_ASSIGN(const PostgresPool::Lease connection, pool_.Get());
  auto rows = connection->Run(statement.query, statement.values);
  if (!connection->in_transaction()) return rows;
  connection->Rollback();
  if (!rows) return rows;
  return QueryError(statement.query, Code::kInternal, "a transaction is begun by Transact only");
}

void PostgresDatabase::RunTogether(Sharing::Batch& batch) {
  std::vector<Statement> statements = {{kShareNoLongWait, {}}};
  for (const SharedCall* call : batch) statements.push_back(call->statement);
  const auto connection = pool_.Get();
  auto answers = connection ? (*connection)->RunAll(statements) : Fail(connection.error());
  if (!answers && (!connection || (*connection)->broken())) {
    // Whether the server has run them is unknown. Those that were queued in between fail too.
    sharing_.DrainPending(batch);
    for (SharedCall* call : batch) call->answer = Fail(answers.error());
    return;
  }
  // If one of them fails, none was done.
  for (size_t i = 0; i < batch.size(); ++i) {
    batch[i]->alone = !answers;
    if (answers) batch[i]->answer = std::move((*answers)[i + 1]);
  }
}

}  // namespace

Result<std::unique_ptr<Database>> OpenPostgres(const PostgresOptions& options, const Clock& clock,
                                               Metrics* metrics) {
  const std::string& url = options.url.Reveal();
  if (!url.starts_with("postgres://") && !url.starts_with("postgresql://")) {
    return Fail(Code::kInvalidArgument,
                "DATABASE_URL is not an address of a PostgreSQL database; it must begin with "
                "postgres://");
  }
  auto database = std::make_unique<PostgresDatabase>(options, clock, metrics);
  TRY(database->Connect());
  return database;
}

}  // namespace matinee::sql
