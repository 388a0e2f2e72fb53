#include <gtest/gtest.h>

#include <array>
#include <future>
#include <string>
#include <vector>

#include "sql/schema.h"
#include "tests/unit/sql/database_fixture.h"
#include "tests/unit/sql/released_database.h"

namespace matinee::sql {
namespace {

// The steps of 0.1.0; its database has them, so their text must not run.
constexpr std::array kReleasedSteps = {Migration{1, "captures", "must not run"},
                                       Migration{2, "many_workers", "must not run"}};

constexpr std::array kSteps = {
    Migration{1, "captures",
              "-- What was captured; the comment's ; is not an end.\n"
              "CREATE TABLE captures (\n"
              "  id TEXT PRIMARY KEY, -- a remark; with a semicolon\n"
              "  title TEXT NOT NULL DEFAULT 'a;b'\n"
              ");\n"
              "CREATE INDEX captures_title ON captures (title);\n"},
    Migration{2, "phase", "ALTER TABLE captures ADD COLUMN phase TEXT NOT NULL DEFAULT 'queued';"},
    Migration{3, "old_rows", "UPDATE captures SET phase = 'complete'"},
};

class SchemaTest : public DatabaseFixture {
 protected:
  Status MigrateTo(size_t version) {
    return Migrate(*database_, {{"capture", std::span(kSteps).first(version)}});
  }

  std::vector<std::string> Schema() { return test_database_->Schema(*database_); }

  // How many steps are recorded.
  int64_t Steps(std::string_view component) {
    return Run("SELECT COUNT(*) FROM schema_migrations WHERE component = $1", {component})
        .at(0)
        .Int(0);
  }
};

TEST_F(SchemaTest, BringsAnEmptyDatabaseToTheNewestVersion) {
  ASSERT_TRUE(MigrateTo(3));
  Run("INSERT INTO captures (id) VALUES ($1)", {"x"});
  const Rows rows = Run("SELECT title, phase FROM captures");
  EXPECT_EQ(rows.at(0).Text(0), "a;b");
  EXPECT_EQ(rows.at(0).Text(1), "queued");
  const Rows steps = Run(
      "SELECT version, name FROM schema_migrations WHERE component = 'capture' ORDER BY version");
  ASSERT_EQ(steps.size(), 3U);
  EXPECT_EQ(steps[2].Int(0), 3);
  EXPECT_EQ(steps[2].Text(1), "old_rows");
}

TEST_F(SchemaTest, EndsInTheSameSchemaFromEachVersion) {
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

TEST_F(SchemaTest, KeepsTheRows) {
  ASSERT_TRUE(MigrateTo(1));
  Run("INSERT INTO captures (id, title) VALUES ($1, $2)", {"x", "Sintel"});
  ASSERT_TRUE(MigrateTo(3));
  const Rows rows = Run("SELECT title, phase FROM captures");
  EXPECT_EQ(rows.at(0).Text(0), "Sintel");
  EXPECT_EQ(rows.at(0).Text(1), "complete");
}

TEST_F(SchemaTest, RunsNoStepTwice) {
  ASSERT_TRUE(MigrateTo(3));
  Run("INSERT INTO captures (id) VALUES ($1)", {"x"});
  ASSERT_TRUE(MigrateTo(3));
  EXPECT_EQ(Run("SELECT phase FROM captures").at(0).Text(0), "queued") << "step 3 ran again";
}

TEST_F(SchemaTest, RefusesADatabaseThatIsNewerThanTheProgram) {
  ASSERT_TRUE(MigrateTo(3));
  const Status older = MigrateTo(2);
  ASSERT_FALSE(older);
  EXPECT_EQ(older.error().code, Code::kConflict);
  EXPECT_NE(older.error().message.find("version 3"), std::string::npos) << older.error().message;
  EXPECT_NE(older.error().message.find("newer Matinee"), std::string::npos);
}

TEST_F(SchemaTest, AFailingStepLeavesNothingOfAnyComponent) {
  ASSERT_TRUE(MigrateTo(1));
  Run("INSERT INTO captures (id, title) VALUES ('old', 'Sintel')");
  const auto before = Schema();
  constexpr std::array kBroken = {
      Migration{1, "broken", "CREATE TABLE half (x TEXT);\nINSERT INTO nowhere VALUES (1);"}};
  const Status status = Migrate(*database_, {{"capture", kSteps}, {"share", kBroken}});
  ASSERT_FALSE(status);
  EXPECT_NE(status.error().message.find("migration_share_broken"), std::string::npos);
  EXPECT_EQ(Schema(), before);
  EXPECT_EQ(Steps("capture"), 1);
  EXPECT_EQ(Steps("share"), 0);
  EXPECT_EQ(Run("SELECT title FROM captures").at(0).Text(0), "Sintel");
  EXPECT_TRUE(MigrateTo(3)) << "a fixed program continues";
}

// Programs of the old version, which have the database open during the migration that fails.
TEST_F(SchemaTest, OldProgramsServeOnWhenAStepFails) {
  ASSERT_TRUE(MigrateTo(1));
  const auto old = test_database_->Open(clock_, nullptr);
  ASSERT_TRUE(old);
  const auto insert = [&](const char* id) {
    return (*old)->Run({"test", "INSERT INTO captures (id) VALUES ($1)"}, {id});
  };
  ASSERT_TRUE(insert("before"));
  constexpr std::array kBroken = {kSteps[0], kSteps[1],
                                  Migration{3, "broken",
                                            "ALTER TABLE captures RENAME TO shots;\n"
                                            "INSERT INTO nowhere VALUES (1);"}};
  ASSERT_FALSE(Migrate(*database_, {{"capture", kBroken}}));
  const auto inserted = insert("after");
  EXPECT_TRUE(inserted) << inserted.error().message;
  const SchemaRegistry old_registry = {{"capture", std::span(kSteps).first(1)}};
  const Status checked = CheckSchema(**old, old_registry);
  EXPECT_TRUE(checked) << "one that starts now: " << checked.error().message;
  EXPECT_EQ(Run("SELECT id FROM captures").size(), 2U);
}

TEST_F(SchemaTest, EachComponentHasItsOwnNumbers) {
  constexpr std::array kShares = {Migration{
      1, "shares", "CREATE TABLE shares (id TEXT PRIMARY KEY REFERENCES captures (id));"}};
  ASSERT_TRUE(MigrateTo(2));
  EXPECT_FALSE(CheckSchema(*database_, {{"capture", kSteps}, {"share", kShares}}));
  ASSERT_TRUE(Migrate(*database_, {{"capture", kSteps}, {"share", kShares}}));
  EXPECT_EQ(Steps("capture"), 3);
  EXPECT_EQ(Steps("share"), 1);
  EXPECT_TRUE(CheckSchema(*database_, {{"capture", kSteps}, {"share", kShares}}));
}

TEST_F(SchemaTest, RefusesAComponentThatTheProgramDoesNotKnow) {
  ASSERT_TRUE(Migrate(*database_, {{"capture", kSteps}, {"share", std::span(kSteps).first(0)}}));
  Run("INSERT INTO schema_migrations (component, version, name) VALUES ('party', 1, 'rooms')");
  for (const Status& status : {MigrateTo(3), CheckSchema(*database_, {{"capture", kSteps}})}) {
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, Code::kConflict);
    EXPECT_NE(status.error().message.find("\"party\""), std::string::npos);
  }
}

TEST_F(SchemaTest, CheckSaysWhatToDoWithAnEmptyOrOlderDatabase) {
  for (size_t version = 0; version < 3; ++version) {
    const Status older = CheckSchema(*database_, {{"capture", kSteps}});
    ASSERT_FALSE(older);
    EXPECT_EQ(older.error().code, Code::kConflict);
    EXPECT_NE(older.error().message.find("matinee migrate"), std::string::npos);
    ASSERT_TRUE(MigrateTo(version + 1));
  }
  EXPECT_TRUE(CheckSchema(*database_, {{"capture", kSteps}}));
}

TEST_F(SchemaTest, RefusesAMalformedRegistry) {
  constexpr std::array kGap = {kSteps[0], kSteps[2]};
  for (const SchemaRegistry& registry :
       {SchemaRegistry{{"capture", kGap}}, SchemaRegistry{{"capture", kSteps}, {"capture", kSteps}},
        SchemaRegistry{{"schema_migrations", kSteps}}}) {
    const Status status = Migrate(*database_, registry);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, Code::kInternal);
  }
}

// What 0.1.0 looks for: the highest number of all, which must be one that it knows.
TEST_F(SchemaTest, AProgramOfVersion010FindsANewerDatabase) {
  ASSERT_TRUE(MigrateTo(1));
  EXPECT_GT(Run("SELECT COALESCE(MAX(version), 0) FROM schema_migrations").at(0).Int(0), 2);
}

// A database that 0.1.0 has made.
TEST_F(SchemaTest, UpgradesADatabaseOfVersion010InPlace) {
  LoadVersion010(*database_, test_database_->system());
  const SchemaRegistry released = {{"capture", kReleasedSteps}};
  EXPECT_FALSE(CheckSchema(*database_, released));
  const Status migrated = Migrate(*database_, released);
  ASSERT_TRUE(migrated) << migrated.error().message;
  EXPECT_TRUE(CheckSchema(*database_, released));
  EXPECT_EQ(Steps("capture"), 2) << "none ran again, or none is recorded";
  EXPECT_EQ(Run("SELECT COUNT(*) FROM captures").at(0).Int(0), 7);
  EXPECT_EQ(Run("SELECT epoch FROM leadership").at(0).Int(0), 41);
}

TEST_F(SchemaTest, AFailingStepLeavesADatabaseOfVersion010AsItWas) {
  LoadVersion010(*database_, test_database_->system());
  const auto before = Schema();
  constexpr std::array kBroken = {kReleasedSteps[0], kReleasedSteps[1],
                                  Migration{3, "broken", "DROP TABLE nowhere;"}};
  EXPECT_FALSE(Migrate(*database_, {{"capture", kBroken}}));
  EXPECT_EQ(Schema(), before);
  EXPECT_EQ(Run("SELECT MAX(version) FROM schema_migrations").at(0).Int(0), 2);
}

TEST_F(SchemaTest, RunsEachStepOnceWhenTwoProgramsStartTogether) {
  auto other = test_database_->Open(clock_, nullptr);
  ASSERT_TRUE(other);
  auto first = std::async(std::launch::async, [&] { return MigrateTo(3); });
  const Status second = Migrate(**other, {{"capture", kSteps}});
  const Status first_status = first.get();
  EXPECT_TRUE(first_status) << first_status.error().message;
  EXPECT_TRUE(second) << second.error().message;
  EXPECT_EQ(Steps("capture"), 3);
}

}  // namespace
}  // namespace matinee::sql
