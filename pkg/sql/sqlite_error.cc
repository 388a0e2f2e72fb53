#include "sql/sqlite_error.h"

#include <sqlite3.h>

#include <cerrno>

namespace matinee::sql {
namespace {

int Primary(int extended) {
  return extended & 0xFF;
}

std::string_view Sentence(int extended, Code code) {
  if (code == Code::kInsufficientStorage)
    return "the disk with the database is full; free some space and try again";
  switch (Primary(extended)) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "the database is locked by another program";
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_READONLY:
      return "the database or its folder cannot be written";
    case SQLITE_CORRUPT:
      return "the database file is damaged; restore it from a backup";
    case SQLITE_NOTADB:
      return "the file is not a SQLite database";
    case SQLITE_CANTOPEN:
      return "the database file cannot be opened";
    case SQLITE_IOERR:
      return "the disk with the database does not answer as it should";
    case SQLITE_CONSTRAINT:
      return "a rule of the table refuses this row";
    case SQLITE_INTERRUPT:
      return "the query took too long";
    default:
      return "the database refuses the query";
  }
}

}  // namespace

Code CodeOfSqlite(int extended, int system_errno) {
  switch (Primary(extended)) {
    case SQLITE_FULL:
      return Code::kInsufficientStorage;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
      if (system_errno == ENOSPC || system_errno == EDQUOT) return Code::kInsufficientStorage;
      if (system_errno == EACCES || system_errno == EPERM || system_errno == EROFS) {
        return Code::kPermissionDenied;
      }
      return Code::kUnavailable;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
    case SQLITE_NOMEM:
      return Code::kUnavailable;
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_READONLY:
      return Code::kPermissionDenied;
    case SQLITE_CONSTRAINT:
    case SQLITE_NOTADB:
      return Code::kConflict;
    case SQLITE_TOOBIG:
    case SQLITE_MISMATCH:
      return Code::kInvalidArgument;
    case SQLITE_INTERRUPT:
      return Code::kDeadlineExceeded;
    default:
      return Code::kInternal;
  }
}

Error SqliteError(sqlite3* connection, int result, std::string_view what) {
  const int extended = connection != nullptr ? sqlite3_extended_errcode(connection) : result;
  // Some failures (misuse, out of memory) leave an older code on the connection.
  const int known = Primary(extended) == Primary(result) ? extended : result;
  const Code code =
      CodeOfSqlite(known, connection != nullptr ? sqlite3_system_errno(connection) : 0);
  const char* words = known == extended && connection != nullptr ? sqlite3_errmsg(connection)
                                                                 : sqlite3_errstr(result);
  // The sentence for a person first.
  return Error{code,
               std::string(Sentence(known, code)) + " (" + std::string(what) + ": " + words + ")"};
}

bool BreaksConnection(int extended) {
  switch (Primary(extended)) {
    case SQLITE_IOERR:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_NOMEM:
    case SQLITE_PROTOCOL:
      return true;
    default:
      return false;
  }
}

}  // namespace matinee::sql
