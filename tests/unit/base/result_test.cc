#include "base/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace matinee {
namespace {

Result<int> Half(int number) {
  if (number % 2 != 0) return Fail(Code::kInvalidArgument, "odd");
  return number / 2;
}

Status CheckPositive(int number) {
  if (number <= 0) return Fail(Error{Code::kConflict, "not positive"});
  return {};
}

Result<std::string> QuarterText(int number, std::vector<std::string>& steps) {
  TRY(CheckPositive(number));
  steps.emplace_back("positive");
  TRY_ASSIGN(const int half, Half(number));
  TRY_ASSIGN(const int quarter, Half(half));
  steps.emplace_back("divided");
  return std::to_string(quarter);
}

TEST(ResultTest, HoldsAValueOrAnError) {
  EXPECT_EQ(Half(4).value(), 2);
  ASSERT_FALSE(Half(3));
  EXPECT_EQ(Half(3).error().code, Code::kInvalidArgument);
  EXPECT_EQ(Half(3).error().message, "odd");
  EXPECT_TRUE(CheckPositive(1));
}

TEST(TryTest, ContinuesAfterSuccess) {
  std::vector<std::string> steps;
  EXPECT_EQ(QuarterText(8, steps).value(), "2");
  EXPECT_EQ(steps.size(), 2U);
}

TEST(TryTest, ReturnsTheFirstErrorAtOnce) {
  std::vector<std::string> steps;
  EXPECT_EQ(QuarterText(-8, steps).error().code, Code::kConflict);
  EXPECT_TRUE(steps.empty());
  EXPECT_EQ(QuarterText(6, steps).error().message, "odd");
  EXPECT_EQ(steps, std::vector<std::string>{"positive"});
}

Result<std::unique_ptr<int>> MakeUnique(int number) {
  return std::make_unique<int>(number);
}

Result<int> Unwrap(int number) {
  TRY_ASSIGN(const std::unique_ptr<int> pointer, MakeUnique(number));
  return *pointer;
}

TEST(TryTest, MovesValuesThatCannotBeCopied) {
  EXPECT_EQ(Unwrap(7).value(), 7);
}

TEST(TryTest, EvaluatesItsExpressionOnce) {
  int calls = 0;
  const auto once = [&calls]() -> Status {
    ++calls;
    return {};
  };
  const auto caller = [&once]() -> Status {
    TRY(once());
    return {};
  };
  EXPECT_TRUE(caller());
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace matinee
