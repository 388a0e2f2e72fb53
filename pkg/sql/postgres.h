// The Database on PostgreSQL 12 or newer, directly or through PgBouncer in transaction mode: for
// any number of API and worker pods that share one.
//
// Concurrency: statements outside a transaction run beside each other. Transactions follow one
// another, those of other programs on the same database included (an advisory lock), so that what a
// body reads stays true until it commits.
// Limits: PostgresOptions. A wait for a connection ends with kUnavailable after 10 s.
// Failures: a connection that was lost is replaced at its next use; after a restart of PostgreSQL
// nothing else is needed. A statement is never retried here: the caller, whose statements are
// guarded, finds out whether a lost one was done.
// Through PgBouncer: no statement is prepared on the server, no setting outlives its transaction.
//
// Metrics, if given: db_client_operation_duration_seconds{db_system_name,db_operation_name}.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "sql/database.h"

namespace matinee {
class Metrics;
}

namespace matinee::sql {

struct PostgresOptions {
  Secret url;  // postgres://user:password@host:port/database?sslmode=require
  // At most as many as the threads that use it; each costs the server some 5 MB.
  size_t connections = 8;
  // To connect and log in.
  std::chrono::milliseconds connect_time{3000};
  // The server ends a statement that runs for longer.
  std::chrono::milliseconds statement_time{10000};
  // How much longer we wait for that error before the connection is closed.
  std::chrono::milliseconds answer_grace{2000};
};

// Connects once, so that a wrong address or password is reported at the start. Fails with
// kInvalidArgument (no such address), kUnavailable (cannot connect, with the server's reason).
// `clock` and `metrics` (may be null) must outlive the Database.
Result<std::unique_ptr<Database>> OpenPostgres(const PostgresOptions& options, const Clock& clock,
                                               Metrics* metrics);

}  // namespace matinee::sql
