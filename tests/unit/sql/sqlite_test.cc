// What SQLite alone does; what every database does is in database_test.cc.
#include "sql/sqlite.h"

#include <gtest/gtest.h>

#include "sqlite_fixture.h"

namespace matinee::sql {
namespace {

class SqliteDatabaseTest : public SqliteTest {
 protected:
  SqliteDatabaseTest() { Run("CREATE TABLE t (id BIGINT PRIMARY KEY)"); }
};

TEST_F(SqliteDatabaseTest, RefusesACastThatSqliteTakesForAName) {
  const Error error = Fails("SELECT $1::text", {"x"});
  EXPECT_EQ(error.code, Code::kInternal);
  EXPECT_NE(error.message.find("query test"), std::string::npos) << error.message;
}

TEST_F(SqliteDatabaseTest, RemembersMoreTextsThanItKeepsReady) {
  for (int i = 0; i < 700; ++i) {
    const std::string text = "SELECT " + std::to_string(i) + " + $1";
    ASSERT_EQ(Run(text, {1}).at(0).Int(0), i + 1);
  }
  EXPECT_EQ(Run("SELECT 0 + $1", {1}).at(0).Int(0), 1);
}

TEST_F(SqliteDatabaseTest, WritesEveryCommitToTheDisk) {
  EXPECT_EQ(Run("PRAGMA journal_mode").at(0).Text(0), "wal");
  const Status status = database_->Transact([](Session& session) -> Status {
    TRY_ASSIGN(const Rows rows, session.Run({"test", "PRAGMA synchronous"}, {}));
    EXPECT_EQ(rows.at(0).Int(0), 2) << "FULL";
    return {};
  });
  EXPECT_TRUE(status);
}

}  // namespace
}  // namespace matinee::sql
