#include <gtest/gtest.h>

#include <array>
#include <future>
#include <string>
#include <vector>

#include "tests/unit/sql/database_fixture.h"

namespace matinee::sql {
namespace {

constexpr std::array kMigrations = {
    Migration{1, "captures",
              "-- What was captured; the comment's ; is no end.\n"
              "CREATE TABLE captures (\n"
              "  id TEXT PRIMARY KEY, -- a remark; with a semicolon\n"
              "  title TEXT NOT NULL DEFAULT 'a;b'\n"
              ");\n"
              "CREATE INDEX captures_title ON captures (title);\n"},
    Migration{2, "phase", "ALTER TABLE captures ADD COLUMN phase TEXT NOT NULL DEFAULT 'queued';"},
    Migration{3, "old_rows", "UPDATE captures SET phase = 'complete'"},
};

class MigrateTest : public DatabaseFixture {
 protected:
  Status MigrateTo(size_t version) {
    return Migrate(*database_, std::span(kMigrations).first(version));
  }

  std::vector<std::string> Schema() { return test_database_->Schema(*database_); }
};

TEST_F(MigrateTest, BringsAnEmptyDatabaseToTheNewestVersion) {
  ASSERT_TRUE(MigrateTo(3));
  Run("INSERT INTO captures (id) VALUES ($1)", {"x"});
  const Rows rows = Run("SELECT title, phase FROM captures");
  EXPECT_EQ(rows.at(0).Text(0), "a;b");
  EXPECT_EQ(rows.at(0).Text(1), "queued");
  const Rows steps = Run("SELECT version, name FROM schema_migrations ORDER BY version");
  ASSERT_EQ(steps.size(), 3U);
  EXPECT_EQ(steps[2].Int(0), 3);
  EXPECT_EQ(steps[2].Text(1), "old_rows");
}

TEST_F(MigrateTest, EndsInTheSameSchemaFromEachVersion) {
  ASSERT_TRUE(MigrateTo(3));
  const auto newest = Schema();
  for (size_t version = 0; version <= 3; ++version) {
    database_.reset();
    test_database_ = TestDatabase::Make();
    Reopen();
    ASSERT_TRUE(MigrateTo(version));
    Reopen();
    ASSERT_TRUE(MigrateTo(3)) << "from " << version;
    EXPECT_EQ(Schema(), newest) << "from " << version;
  }
}

TEST_F(MigrateTest, TakesTheRowsAlong) {
  ASSERT_TRUE(MigrateTo(1));
  Run("INSERT INTO captures (id, title) VALUES ($1, $2)", {"x", "Sintel"});
  ASSERT_TRUE(MigrateTo(3));
  const Rows rows = Run("SELECT title, phase FROM captures");
  EXPECT_EQ(rows.at(0).Text(0), "Sintel");
  EXPECT_EQ(rows.at(0).Text(1), "complete");
}

TEST_F(MigrateTest, DoesNothingTheSecondTime) {
  ASSERT_TRUE(MigrateTo(3));
  Run("INSERT INTO captures (id) VALUES ($1)", {"x"});
  ASSERT_TRUE(MigrateTo(3));
  EXPECT_EQ(Run("SELECT phase FROM captures").at(0).Text(0), "queued") << "step 3 ran again";
}

TEST_F(MigrateTest, RefusesADatabaseThatIsNewerThanTheProgram) {
  ASSERT_TRUE(MigrateTo(3));
  const Status older = MigrateTo(2);
  ASSERT_FALSE(older);
  EXPECT_EQ(older.error().code, Code::kConflict);
  EXPECT_NE(older.error().message.find("version 3"), std::string::npos) << older.error().message;
  EXPECT_NE(older.error().message.find("newer Matinee"), std::string::npos);
}

TEST_F(MigrateTest, LeavesNothingOfAStepThatFails) {
  const std::array<Migration, 2> migrations = {
      kMigrations[0],
      Migration{2, "broken", "CREATE TABLE half (x TEXT);\nINSERT INTO nowhere VALUES (1);"}};
  const Status status = Migrate(*database_, migrations);
  ASSERT_FALSE(status);
  EXPECT_NE(status.error().message.find("migration_broken"), std::string::npos);
  Fails("SELECT COUNT(*) FROM half");
  EXPECT_EQ(Run("SELECT MAX(version) FROM schema_migrations").at(0).Int(0), 1);
  ASSERT_TRUE(MigrateTo(3)) << "a mended program goes on where it stopped";
}

TEST_F(MigrateTest, RefusesStepsThatAreNotNumberedInOrder) {
  const std::array<Migration, 2> gap = {kMigrations[0], kMigrations[2]};
  const Status status = Migrate(*database_, gap);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::kInternal);
}

TEST_F(MigrateTest, RunsEachStepOnceWhenTwoProgramsStartTogether) {
  auto other = test_database_->Open(clock_, nullptr);
  ASSERT_TRUE(other);
  auto first = std::async(std::launch::async, [&] { return MigrateTo(3); });
  const Status second = Migrate(**other, kMigrations);
  const Status first_status = first.get();
  EXPECT_TRUE(first_status) << first_status.error().message;
  EXPECT_TRUE(second) << second.error().message;
  EXPECT_EQ(Run("SELECT COUNT(*) FROM schema_migrations").at(0).Int(0), 3);
}

}  // namespace
}  // namespace matinee::sql
