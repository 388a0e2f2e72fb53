// Reading the SQLite file of another program.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <memory>
#include <string>
#include <variant>

#include "base/files.h"
#include "sql/sqlite.h"
#include "tests/unit/temporary_folder.h"

namespace matinee::sql {
namespace {

const SystemClock kRealClock;

// Runs statements in the file as another program does.
void AsOtherProgram(const std::string& path, const std::string& statements) {
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, statements.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(other);
}

class ForeignSqliteTest : public testing::Test {
 protected:
  [[nodiscard]] std::string Bytes() const { return *ReadFile(path_, 1 << 22); }

  TemporaryFolder folder_;
  std::string path_ = folder_.File("other.db");
};

TEST_F(ForeignSqliteTest, ReadsAndChangesNothing) {
  AsOtherProgram(path_, "CREATE TABLE films (name TEXT); INSERT INTO films VALUES ('Alien')");
  const std::string before = Bytes();
  ASSERT_TRUE(IsForeignSqlite(path_));
  {
    const auto session = OpenForeignSqlite(path_, kRealClock);
    ASSERT_TRUE(session) << session.error().message;
    EXPECT_EQ((*session)->Run({"test", "SELECT name FROM films"}, {})->at(0).Text(0), "Alien");
    EXPECT_EQ((*session)->Columns("films")->at(0), "name");
    for (const char* text : {"DELETE FROM films", "DROP TABLE films", "PRAGMA user_version = 7",
                             "CREATE TABLE t (id INTEGER)"}) {
      EXPECT_FALSE((*session)->Run({"test", text}, {})) << text;
    }
  }
  EXPECT_EQ(Bytes(), before);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_.path()), {}), 1);
}

TEST_F(ForeignSqliteTest, ReadsAnyBytesAndTypes) {
  AsOtherProgram(path_,
                 "CREATE TABLE t (a TEXT); INSERT INTO t VALUES (CAST(x'61006200FF' AS TEXT)),"
                 " (x'C0'), (5), (1.5), (NULL)");
  const auto session = OpenForeignSqlite(path_, kRealClock);
  const auto rows = (*session)->Run({"test", "SELECT a FROM t ORDER BY rowid"}, {});
  ASSERT_TRUE(rows) << rows.error().message;
  ASSERT_EQ(rows->size(), 5U);
  EXPECT_EQ(std::get<std::string>(rows->at(0).At(0).get()), std::string("a\0b\0\xFF", 5));
  EXPECT_EQ(std::get<std::string>(rows->at(1).At(0).get()), "\xC0");
}

TEST_F(ForeignSqliteTest, KnowsWhatIsForeign) {
  EXPECT_FALSE(IsForeignSqlite(folder_.File("none.db")));
  EXPECT_FALSE(IsForeignSqlite(folder_.path()));
  EXPECT_FALSE(IsForeignSqlite(folder_.Write("text.db", std::string(5000, 'x'))));
  EXPECT_FALSE(IsForeignSqlite(folder_.Write("empty.db", "")));
  const std::string own = folder_.File("matinee.db");
  ASSERT_TRUE(OpenSqlite(own, kRealClock, nullptr));
  EXPECT_FALSE(IsForeignSqlite(own));
}

TEST_F(ForeignSqliteTest, RefusesADamagedFile) {
  AsOtherProgram(path_,
                 "CREATE TABLE t (a TEXT); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1"
                 " FROM n WHERE i < 500) INSERT INTO t SELECT hex(randomblob(100)) FROM n");
  std::string bytes = Bytes();
  bytes.replace(4096, 8192, std::string(8192, '\x55'));
  folder_.Write("other.db", bytes);
  const auto session = OpenForeignSqlite(path_, kRealClock);
  ASSERT_FALSE(session);
  EXPECT_NE(session.error().message.find("damaged"), std::string::npos) << session.error().message;
  EXPECT_EQ(Bytes(), bytes);
}

}  // namespace
}  // namespace matinee::sql
