#include "runtime/unique_names.h"

#include <gtest/gtest.h>

#include <array>

#include "runtime/role_runner.h"

namespace matinee {
namespace {

constexpr Role Named(const char* name) {
  return {.name = name, .help = "", .needs = {}, .make = nullptr};
}

TEST(UniqueNamesTest, TwoRolesOfOneNameAreFound) {
  EXPECT_TRUE(HasUniqueNames(std::array<Role, 0>{}));
  EXPECT_TRUE(HasUniqueNames(std::array{Named("api"), Named("worker"), Named("api2")}));
  EXPECT_FALSE(HasUniqueNames(std::array{Named("api"), Named("worker"), Named("api")}));
  EXPECT_FALSE(HasUniqueNames(std::array{Named("up"), Named("up")}));
}

static_assert(!HasUniqueNames(std::array{Named("api"), Named("api")}), "it works at compile time");

}  // namespace
}  // namespace matinee
