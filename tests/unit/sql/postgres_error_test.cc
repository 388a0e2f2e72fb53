#include "sql/postgres_error.h"

#include <gtest/gtest.h>

namespace matinee::sql {
namespace {

TEST(PostgresErrors, AreOfOneOfOurKinds) {
  const struct {
    const char* state;
    Code code;
  } cases[] = {
      {"23505", Code::kConflict},
      {"23514", Code::kConflict},
      {"22003", Code::kInvalidArgument},
      {"25006", Code::kUnavailable},
      {"40P01", Code::kUnavailable},
      {"26000", Code::kUnavailable},
      {"42P05", Code::kUnavailable},
      {"42501", Code::kPermissionDenied},
      {"42P01", Code::kInternal},
      {"53100", Code::kInsufficientStorage},
      {"53300", Code::kUnavailable},
      {"57014", Code::kUnavailable},
      {"57P01", Code::kUnavailable},
      {"08006", Code::kUnavailable},
      {"08P01", Code::kInternal},
      {"28P01", Code::kPermissionDenied},
      {"", Code::kInternal},
  };
  for (const auto& one : cases) EXPECT_EQ(CodeOfSqlState(one.state), one.code) << one.state;
}

TEST(PostgresErrors, SayWhatToDoAndThenWhatWasDone) {
  EXPECT_EQ(PostgresError("53100", "could not extend file\n", "query x").message,
            "the disk with the database is full; free some space and try again "
            "(query x: could not extend file)");
}

TEST(PostgresErrors, EndTheConnectionWhenTheSessionIsNotOursAnyMore) {
  EXPECT_TRUE(EndsConnection("57P01"));
  EXPECT_TRUE(EndsConnection("08006"));
  EXPECT_TRUE(EndsConnection("26000"));
  EXPECT_TRUE(EndsConnection("42P05"));
  EXPECT_FALSE(EndsConnection("08P01"));
  EXPECT_FALSE(EndsConnection("23505"));
}

}  // namespace
}  // namespace matinee::sql
