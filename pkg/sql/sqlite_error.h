// Converts SQLite's result codes to our errors. Internal to this package.
//
// Source: https://www.sqlite.org/rescode.html
//
// Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

struct sqlite3;

namespace matinee::sql {

// `extended` is an extended result code, `system_errno` what sqlite3_system_errno() says.
Code CodeOfSqlite(int extended, int system_errno);

// Returns the error of the call on `connection` (may be null) that returned `result`. The message
// is a sentence for a person; in brackets `what` was done and SQLite's own words.
Error SqliteError(sqlite3* connection, int result, std::string_view what);

// Returns whether the connection should be closed after `extended`: a new one may work.
bool BreaksConnection(int extended);

}  // namespace matinee::sql
