// One connection to PostgreSQL. Internal to this package.
//
// Each call is one round trip: its commands are sent as a pipeline, and every wait has a deadline.
//
// On a direct connection, a query is prepared at its first use, which saves two thirds of the
// server's work for one of our guarded UPDATEs, and the time limit is a setting of the session.
// Behind PgBouncer in transaction mode both would reach other clients: there each query is sent
// whole, with its own time limit.
//
// Thread safety: none; the pool lends a connection to one thread at a time.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "sql/database.h"
#include "sql/postgres.h"

struct pg_conn;
struct pg_result;

namespace matinee::sql {

// A statement to run; both must outlive it.
struct Statement {
  const Query& query;
  std::span<const Value> values;
};

class PostgresConnection {
 public:
  // The table as an unqualified name in a statement would find it.
  static constexpr Query kColumns{
      "columns",
      "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass($1)"
      " AND attnum > 0 AND NOT attisdropped ORDER BY attnum"};

  static Result<std::unique_ptr<PostgresConnection>> Open(const PostgresOptions& options);
  ~PostgresConnection();
  PostgresConnection(const PostgresConnection&) = delete;
  PostgresConnection& operator=(const PostgresConnection&) = delete;

  // Outside a transaction: a separate transaction with the time limit. Inside: just the
  // statement.
  Result<Rows> Run(const Query& query, std::span<const Value> values);
  // Outside a transaction: all of them in one, none if one fails. The answers are in their order.
  Result<std::vector<Rows>> RunAll(std::span<const Statement> statements);

  // Begins a transaction that has the time limit and follows all others.
  Status Begin();
  Status Commit();
  // Nothing can be done about an error here: the connection is broken then.
  void Rollback();

  [[nodiscard]] bool in_transaction() const;
  // Returns whether an error has broken it: close it and open another.
  [[nodiscard]] bool broken() const;
  // Returns false if the server has closed it since the last use.
  [[nodiscard]] bool Usable() const;

 private:
  struct Close {
    void operator()(pg_conn* connection) const;
  };
  struct Clear {
    void operator()(pg_result* result) const;
  };
  using ResultHandle = std::unique_ptr<pg_result, Clear>;
  using Deadline = std::chrono::steady_clock::time_point;

  PostgresConnection(pg_conn* connection, const PostgresOptions& options)
      : options_(options), connection_(connection) {}

  Status Connect();
  Status DetectPooler(Deadline deadline);
  Status DropStaleStatements();
  Result<std::vector<Rows>> RunOnce(std::span<const Statement> statements);
  // The query's name on the server, empty where it is to be sent whole. Between pipelines only.
  Result<std::string> Prepare(const Query& query, std::span<const Value> values);
  Status Send(const Query& query, std::span<const Value> values, const std::string& name = {});
  Status SendTimeLimit(const Query& set);
  // Ends a pipeline and reads the answers to its statements; errors name `query`.
  // Without an `end`, each answer may take as long as a statement may.
  Result<std::vector<ResultHandle>> Receive(const Query& query, size_t sent,
                                            std::optional<Deadline> end = std::nullopt);
  Result<ResultHandle> Next(const Query& query, Deadline deadline);
  Status WaitForServer(const Query& query, Deadline deadline, bool to_write);
  Error Lost(const Query& query, Code code, const std::string& sentence);

  const PostgresOptions options_;
  bool broken_ = false;
  // Without a pooler between us and the server's session.
  bool direct_ = false;
  // By text and types of the parameters.
  std::unordered_map<std::string, std::string> prepared_;
  int last_name_ = 0;
  // The last answer was that the columns of a prepared query have changed since; nothing was done.
  bool outdated_ = false;
  std::unique_ptr<pg_conn, Close> connection_;
};

}  // namespace matinee::sql
