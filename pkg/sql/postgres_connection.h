// One connection to PostgreSQL. Internal to this package.
//
// Each call is one round trip, also through PgBouncer: what it takes is sent as one pipeline, and
// every wait has an end.
//
// Thread safety: none; the pool lends a connection to one thread at a time.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/result.h"
#include "sql/database.h"
#include "sql/postgres.h"

struct pg_conn;
struct pg_result;

namespace matinee::sql {

class PostgresConnection {
 public:
  static Result<std::unique_ptr<PostgresConnection>> Open(const PostgresOptions& options);
  ~PostgresConnection();
  PostgresConnection(const PostgresConnection&) = delete;
  PostgresConnection& operator=(const PostgresConnection&) = delete;

  // Outside a transaction: a transaction of its own with the time limit. Inside: just the
  // statement.
  Result<Rows> Run(const Query& query, std::span<const Value> values);

  // Begins a transaction that has the time limit and follows all others.
  Status Begin();
  Status Commit();
  // Nothing can be done about an error here: the connection is broken then.
  void Rollback();

  [[nodiscard]] bool in_transaction() const;
  // Whether an error has made it useless: close it and open another.
  [[nodiscard]] bool broken() const;
  // False if the server has gone away since the last use.
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
  Status Send(const Query& query, std::span<const Value> values);
  // Reads the answers of the `sent` statements of a pipeline; gives the last one's.
  Result<ResultHandle> Receive(const Query& query, int sent);
  Result<ResultHandle> Next(const Query& query, Deadline deadline);
  Status WaitForServer(const Query& query, Deadline deadline, bool to_write);
  Error Lost(const Query& query, Code code, const std::string& sentence);

  const PostgresOptions options_;
  bool broken_ = false;
  std::unique_ptr<pg_conn, Close> connection_;
};

}  // namespace matinee::sql
