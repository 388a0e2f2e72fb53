// The Database on one SQLite file: for `matinee up`, and for tests.
//
// Durability: write-ahead log, synchronous=FULL: what was committed survives a power cut.
// Concurrency: one writer at a time, a few readers beside it that never wait for it. A statement
// that only reads runs on a reader and sees everything that was committed before; inside Transact
// everything runs on the writer. A wait for a connection or a lock ends with kUnavailable.
// Transactions: once a statement in it has failed, a transaction runs no further statement and is
// rolled back even if its body returns success (as in PostgreSQL). Calling Transact, or Run with a
// statement that writes, on the Database itself from inside a body waits for that same transaction
// and fails.
// Failures: a connection that met an I/O error is closed; the next use opens another, so no restart
// is needed after a disk was full or absent.
//
// Metrics, if given: db_client_operation_duration_seconds{db_system_name,db_operation_name}, with
// the query's name, as OpenTelemetry's semantic conventions name it.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "sql/database.h"

namespace matinee {
class Metrics;
}

namespace matinee::sql {

// Opens the file, makes it (readable by owner and group) and its folder if need be, and checks it
// through. Fails with kConflict for a file that is not a SQLite database or is another program's,
// kInternal for a damaged one, kPermissionDenied, kInsufficientStorage, kUnavailable.
// `clock` and `metrics` (may be null) must outlive the Database.
Result<std::unique_ptr<Database>> OpenSqlite(const std::string& path, const Clock& clock,
                                             Metrics* metrics);

// Returns whether the file is a SQLite database that is not marked as Matinee's; false for a file
// that cannot be read. Reads only its header. Not for a file that this process has open: closing a
// second descriptor drops its locks.
bool IsForeignSqlite(const std::string& path);

// Opens another program's database to read it: the file is never changed, and it is checked
// through. Columns may hold values of any type, and text any bytes. A session is for one thread.
// Fails with kInternal if the file is damaged, kConflict if it is not a SQLite database,
// kPermissionDenied, kUnavailable. `clock` must outlive the session.
Result<std::unique_ptr<Session>> OpenForeignSqlite(const std::string& path, const Clock& clock);

}  // namespace matinee::sql
