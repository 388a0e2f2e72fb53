#include "sql/parameter_checks.h"

#include <gtest/gtest.h>

namespace matinee::sql {
namespace {

size_t Parameters(std::string_view text) {
  const auto count = CountParameters({"test", text});
  EXPECT_TRUE(count) << (count ? "" : count.error().message);
  return count.value_or(9999);
}

TEST(CountParameters, TakesTheHighestNumber) {
  EXPECT_EQ(Parameters("SELECT 1"), 0U);
  EXPECT_EQ(Parameters("SELECT $2, $1, $2"), 2U);
  EXPECT_EQ(Parameters("SELECT $1,$2,$3,$4,$5,$6,$7,$8,$9,$10"), 10U);
}

TEST(CountParameters, LooksNeitherIntoTextsNorNamesNorComments) {
  EXPECT_EQ(Parameters("SELECT '$1 ? :a ''$2', \"$3\" -- $4 ?\n /* $5 :b */, $1"), 1U);
  EXPECT_EQ(Parameters("SELECT '$1"), 0U) << "the database says what is wrong with it";
}

TEST(CountParameters, RefusesWhatOneOfTheDatabasesMisreads) {
  for (const char* text : {"SELECT ?", "SELECT :one", "SELECT $0", "SELECT $01", "SELECT $1::text",
                           "SELECT $1, $3", "SELECT $", "SELECT $1a", "SELECT $99999999999999"}) {
    const auto count = CountParameters({"test", text});
    ASSERT_FALSE(count) << text;
    EXPECT_EQ(count.error().code, Code::kInternal) << text;
  }
}

}  // namespace
}  // namespace matinee::sql
