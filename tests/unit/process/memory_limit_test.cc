#include "process/memory_limit.h"

#include <gtest/gtest.h>

#include <string>

#include "process/process_runner.h"
#include "tests/unit/temporary_folder.h"

namespace matinee::process {
namespace {

class CgroupMemoryTest : public ::testing::Test {
 protected:
  void Write(const std::string& path, const std::string& content) {
    temporary_.Write(path.substr(1), content);
  }

  const TemporaryFolder temporary_;
  const std::string& root_ = temporary_.path();
};

TEST_F(CgroupMemoryTest, ReadsTheLimitOfVersion2) {
  Write("/proc/self/cgroup", "0::/\n");
  Write("/sys/fs/cgroup/memory.max", "2147483648\n");
  EXPECT_EQ(CgroupMemoryBytes(root_), 2147483648);
}

TEST_F(CgroupMemoryTest, HasNoLimitWithMax) {
  Write("/proc/self/cgroup", "0::/\n");
  Write("/sys/fs/cgroup/memory.max", "max\n");
  EXPECT_EQ(CgroupMemoryBytes(root_), std::nullopt);
}

TEST_F(CgroupMemoryTest, UsesTheLeastLimitOfTheParentGroups) {
  Write("/proc/self/cgroup", "0::/machine/matinee.service\n");
  Write("/sys/fs/cgroup/machine/memory.max", "1000000000\n");
  Write("/sys/fs/cgroup/machine/matinee.service/memory.max", "3000000000\n");
  EXPECT_EQ(CgroupMemoryBytes(root_), 1000000000);
}

TEST_F(CgroupMemoryTest, ReadsVersion1) {
  Write("/proc/self/cgroup", "3:cpu,cpuacct:/docker/abc\n5:memory:/docker/abc\n0::/\n");
  Write("/sys/fs/cgroup/memory/memory.limit_in_bytes", "500000000\n");
  EXPECT_EQ(CgroupMemoryBytes(root_), 500000000);
}

TEST_F(CgroupMemoryTest, HasNoLimitInVersion1) {
  Write("/proc/self/cgroup", "5:memory:/\n");
  Write("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  EXPECT_EQ(CgroupMemoryBytes(root_), std::nullopt);
}

TEST(MemoryBytesTest, IsNoMoreThanTheMachineHas) {
  EXPECT_GT(MemoryBytes(), 0);
  EXPECT_LT(MemoryBytes(), int64_t{1} << 50);
}

}  // namespace
}  // namespace matinee::process
