#include "sql/sqlite_error.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cerrno>

namespace matinee::sql {
namespace {

struct Case {
  int extended;
  int system_errno;
  Code code;
};

TEST(SqliteErrors, EachHaveTheirCode) {
  const Case cases[] = {
      {SQLITE_FULL, 0, Code::kInsufficientStorage},
      {SQLITE_IOERR_WRITE, ENOSPC, Code::kInsufficientStorage},
      {SQLITE_IOERR_SHMSIZE, EDQUOT, Code::kInsufficientStorage},
      {SQLITE_IOERR_READ, EIO, Code::kUnavailable},
      {SQLITE_IOERR_FSYNC, 0, Code::kUnavailable},
      {SQLITE_BUSY, 0, Code::kUnavailable},
      {SQLITE_BUSY_SNAPSHOT, 0, Code::kUnavailable},
      {SQLITE_LOCKED, 0, Code::kUnavailable},
      {SQLITE_CANTOPEN, ENOENT, Code::kUnavailable},
      {SQLITE_CANTOPEN, EACCES, Code::kPermissionDenied},
      {SQLITE_READONLY_DBMOVED, 0, Code::kPermissionDenied},
      {SQLITE_READONLY, 0, Code::kPermissionDenied},
      {SQLITE_CONSTRAINT_UNIQUE, 0, Code::kConflict},
      {SQLITE_CONSTRAINT_CHECK, 0, Code::kConflict},
      {SQLITE_NOTADB, 0, Code::kConflict},
      {SQLITE_CORRUPT, 0, Code::kInternal},
      {SQLITE_TOOBIG, 0, Code::kInvalidArgument},
      {SQLITE_INTERRUPT, 0, Code::kDeadlineExceeded},
      {SQLITE_ERROR, 0, Code::kInternal},
      {SQLITE_MISUSE, 0, Code::kInternal},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(CodeOfSqlite(one.extended, one.system_errno), one.code)
        << sqlite3_errstr(one.extended);
  }
}

TEST(SqliteErrors, SayWhatToDoAndThenWhatWasDone) {
  const Error error = SqliteError(nullptr, SQLITE_CORRUPT, "query x");
  EXPECT_EQ(error.message,
            "the database file is damaged; restore it from a backup "
            "(query x: database disk image is malformed)");
}

TEST(SqliteErrors, GiveTheConnectionUpOnlyWhenAnotherMayBeBetter) {
  EXPECT_TRUE(BreaksConnection(SQLITE_IOERR_READ));
  EXPECT_TRUE(BreaksConnection(SQLITE_READONLY_DBMOVED));
  EXPECT_TRUE(BreaksConnection(SQLITE_CORRUPT));
  EXPECT_FALSE(BreaksConnection(SQLITE_FULL));
  EXPECT_FALSE(BreaksConnection(SQLITE_CONSTRAINT_UNIQUE));
  EXPECT_FALSE(BreaksConnection(SQLITE_BUSY));
}

}  // namespace
}  // namespace matinee::sql
