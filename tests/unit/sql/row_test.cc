#include <gtest/gtest.h>

#include <limits>

#include "sql/database.h"

namespace matinee::sql {
namespace {

const Row kRow({int64_t{7}, 2.5, std::string("text"), std::monostate()});

TEST(Row, GivesEachColumnAsItsType) {
  EXPECT_EQ(kRow.Int(0), 7);
  EXPECT_EQ(kRow.Double(1), 2.5);
  EXPECT_EQ(kRow.Text(2), "text");
  EXPECT_TRUE(kRow.IsNull(3));
  EXPECT_FALSE(kRow.IsNull(0));
}

TEST(Row, GivesAnIntegerAsADouble) {
  EXPECT_EQ(kRow.Double(0), 7.0);
}

TEST(Row, TellsNullFromZero) {
  EXPECT_EQ(kRow.OptionalInt(0), 7);
  EXPECT_EQ(kRow.OptionalDouble(1), 2.5);
  EXPECT_EQ(kRow.OptionalText(2), "text");
  EXPECT_EQ(kRow.OptionalInt(3), std::nullopt);
  EXPECT_EQ(kRow.OptionalDouble(3), std::nullopt);
  EXPECT_EQ(kRow.OptionalText(3), std::nullopt);
}

TEST(Row, ReadsBooleansAsTheyAreStored) {
  const Row row({int64_t{0}, int64_t{1}});
  EXPECT_FALSE(row.Bool(0));
  EXPECT_TRUE(row.Bool(1));
}

#ifdef NDEBUG
TEST(Row, IsHarmlessWhenAskedForTheWrongType) {
  EXPECT_EQ(kRow.Int(2), 0);
  EXPECT_EQ(kRow.Double(2), 0);
  EXPECT_EQ(kRow.Text(0), "");
  EXPECT_EQ(kRow.Int(3), 0);
  EXPECT_EQ(kRow.Int(99), 0);
  EXPECT_TRUE(kRow.IsNull(99));
}
#else
TEST(RowDeathTest, StopsAProgramThatAsksForTheWrongType) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_DEATH((void)kRow.Int(2), "another type");
  EXPECT_DEATH((void)kRow.Text(0), "another type");
  EXPECT_DEATH((void)kRow.Int(3), "another type");
  EXPECT_DEATH((void)kRow.Int(99), "no such column");
}
#endif

TEST(Value, TakesWhatAColumnCanHold) {
  EXPECT_EQ(std::get<int64_t>(Value(true).get()), 1);
  EXPECT_EQ(std::get<int64_t>(Value(std::numeric_limits<int64_t>::min()).get()),
            std::numeric_limits<int64_t>::min());
  EXPECT_EQ(std::get<std::string>(Value("text").get()), "text");
  EXPECT_TRUE(std::holds_alternative<std::monostate>(Value(nullptr).get()));
  EXPECT_TRUE(std::holds_alternative<std::monostate>(Value(std::optional<double>()).get()));
  EXPECT_EQ(std::get<double>(Value(std::optional<double>(1.5)).get()), 1.5);
  EXPECT_EQ(std::get<std::string>(Value(std::optional<std::string>("x")).get()), "x");
}

}  // namespace
}  // namespace matinee::sql
