#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>

#include "sql/copy_tables.h"
#include "tests/unit/sql/database_fixture.h"

namespace matinee::sql {
namespace {

constexpr std::array kSteps = {
    Migration{1, "rooms",
              "CREATE TABLE rooms (number BIGINT PRIMARY KEY, name TEXT, price DOUBLE PRECISION);\n"
              "CREATE TABLE guests (room BIGINT NOT NULL REFERENCES rooms (number),\n"
              "  name TEXT NOT NULL, state TEXT NOT NULL, PRIMARY KEY (room, name));"}};

class CopyTablesTest : public DatabaseFixture {
 protected:
  void SetUp() override {
    DatabaseFixture::SetUp();
    source_ = *source_test_database_->Open(clock_, nullptr);
    ASSERT_TRUE(Migrate(*source_, registry_));
    ASSERT_TRUE(Migrate(*database_, registry_));
  }

  void There(std::string_view text) {
    const auto rows = source_->Run({"test", text}, {});
    ASSERT_TRUE(rows) << rows.error().message;
  }
  Result<std::vector<TableCopy>> Copy() {
    return CopyTables(*source_, *database_, registry_, [this](const TableCopy&) { ++progress_; });
  }

  const SchemaRegistry registry_ = {{"hotel",
                                     kSteps,
                                     {{"rooms", "number"},
                                      {"guests",
                                       "room, name",
                                       {{"state",
                                         "CASE WHEN CAST($value AS TEXT) = 'asleep' THEN 'awake' "
                                         "ELSE CAST($value AS TEXT) END"}}}}}};
  std::unique_ptr<TestDatabase> source_test_database_ = TestDatabase::Make();
  std::unique_ptr<Database> source_;
  int progress_ = 0;
};

TEST_F(CopyTablesTest, CopiesTablesInOrderWithEachTypeAndNull) {
  There("INSERT INTO rooms VALUES (1, 'Sea''s view', 80.5), (2, NULL, NULL)");
  There("INSERT INTO guests VALUES (1, 'Ada', 'asleep'), (1, 'Bob', 'out'), (2, 'Ada', 'out')");
  const auto copies = Copy();
  ASSERT_TRUE(copies) << copies.error().message;
  ASSERT_EQ(copies->size(), 2U);
  EXPECT_EQ(copies->at(0).table, "rooms");
  EXPECT_EQ(copies->at(0).added, 2);
  EXPECT_EQ(copies->at(1).table, "guests");
  EXPECT_EQ(copies->at(1).added, 3);
  const Rows rooms = Run("SELECT number, name, price FROM rooms ORDER BY number");
  EXPECT_EQ(rooms.at(0).Text(1), "Sea's view");
  EXPECT_EQ(rooms.at(0).Double(2), 80.5);
  EXPECT_TRUE(rooms.at(1).IsNull(1));
  EXPECT_TRUE(rooms.at(1).IsNull(2));
  const Rows guests = Run("SELECT state FROM guests ORDER BY room, name");
  EXPECT_EQ(guests.at(0).Text(0), "awake");
  EXPECT_EQ(guests.at(1).Text(0), "out");
}

TEST_F(CopyTablesTest, MayBeRepeatedAndKeepsWhatIsThere) {
  There("INSERT INTO rooms VALUES (1, 'new', 1), (2, 'new', 1)");
  Run("INSERT INTO rooms VALUES (1, 'kept', 2)");
  EXPECT_EQ(Copy()->at(0).added, 1);
  const auto again = Copy();
  EXPECT_EQ(again->at(0).found, 2);
  EXPECT_EQ(again->at(0).added, 0);
  EXPECT_EQ(Run("SELECT name FROM rooms WHERE number = 1").at(0).Text(0), "kept");
}

TEST_F(CopyTablesTest, CopiesMoreRowsThanOneBatchByACompositeKey) {
  There("INSERT INTO rooms VALUES (1, 'one', 1), (2, 'two', 2), (3, 'three', 3)");
  There(
      "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200)"
      " INSERT INTO guests SELECT 1 + i % 3, 'guest ' || CAST(i AS TEXT), 'out' FROM n");
  const auto copies = Copy();
  ASSERT_TRUE(copies) << copies.error().message;
  EXPECT_EQ(copies->at(1).found, 1200);
  EXPECT_EQ(copies->at(1).added, 1200);
  EXPECT_EQ(Run("SELECT COUNT(*) FROM guests").at(0).Int(0), 1200);
  EXPECT_EQ(progress_, 1 + 3);
}

TEST_F(CopyTablesTest, RefusesADatabaseOfAnotherSchema) {
  Run("INSERT INTO schema_migrations (component, version, name) VALUES ('hotel', 2, 'later')");
  EXPECT_EQ(Copy().error().code, Code::kConflict);
}

TEST_F(CopyTablesTest, RefusesATableOrColumnThatDoesNotExist) {
  for (const Table& table : {Table{"garages", "number"}, Table{"rooms", "number", {{"x", "1"}}}}) {
    const auto copies =
        CopyTables(*source_, *database_, {{"hotel", kSteps, {table}}}, [](const TableCopy&) {});
    ASSERT_FALSE(copies);
    EXPECT_EQ(copies.error().code, Code::kInternal);
  }
}

}  // namespace
}  // namespace matinee::sql
