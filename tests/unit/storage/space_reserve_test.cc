// The reserve of disk space.
#include "storage/space_reserve.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tests/unit/temporary_folder.h"

namespace matinee::storage {
namespace {

TEST(SpaceReserve, TakesSpaceUntilItIsReleased) {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/matinee.db.reserve";
  SpaceReserve reserve(path);
  EXPECT_FALSE(reserve.Release());
  ASSERT_TRUE(reserve.Refill());
  EXPECT_EQ(std::filesystem::file_size(path), static_cast<size_t>(SpaceReserve::kBytes));
  reserve.ReleaseIfFull();  // This disk is not.
  ASSERT_TRUE(std::filesystem::exists(path));
  EXPECT_TRUE(reserve.Release());
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_FALSE(reserve.Release());
}

TEST(SpaceReserve, KeepsTheFileThatIsThere) {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/matinee.db.reserve";
  SpaceReserve earlier(path);
  ASSERT_TRUE(earlier.Refill());
  const auto written = std::filesystem::last_write_time(path);
  SpaceReserve reserve(path);
  ASSERT_TRUE(reserve.Refill());
  EXPECT_EQ(std::filesystem::last_write_time(path), written);
  EXPECT_TRUE(reserve.Release());
}

TEST(SpaceReserve, SaysWhyItCannotBeWritten) {
  SpaceReserve reserve("/nowhere/matinee.db.reserve");
  EXPECT_FALSE(reserve.Refill());
}

}  // namespace
}  // namespace matinee::storage
