#include "process/cpu_count.h"

#include <gtest/gtest.h>

#include <string>

#include "process/process_runner.h"
#include "tests/unit/temporary_folder.h"

namespace matinee::process {
namespace {

class CgroupCpusTest : public ::testing::Test {
 protected:
  void Write(const std::string& path, const std::string& content) {
    temporary_.Write(path.substr(1), content);
  }

  const TemporaryFolder temporary_;
  const std::string& root_ = temporary_.path();
};

TEST_F(CgroupCpusTest, RoundsTheQuotaOfVersion2Up) {
  Write("/proc/self/cgroup", "0::/\n");
  Write("/sys/fs/cgroup/cpu.max", "150000 100000\n");
  EXPECT_EQ(CgroupCpus(root_), 2);
}

TEST_F(CgroupCpusTest, CountsHalfACpuAsOne) {
  Write("/proc/self/cgroup", "0::/\n");
  Write("/sys/fs/cgroup/cpu.max", "50000 100000\n");
  EXPECT_EQ(CgroupCpus(root_), 1);
}

TEST_F(CgroupCpusTest, HasNoQuotaWithMax) {
  Write("/proc/self/cgroup", "0::/\n");
  Write("/sys/fs/cgroup/cpu.max", "max 100000\n");
  EXPECT_EQ(CgroupCpus(root_), std::nullopt);
}

TEST_F(CgroupCpusTest, UsesTheLeastQuotaOfTheParentGroups) {
  Write("/proc/self/cgroup", "0::/machine/matinee.service\n");
  Write("/sys/fs/cgroup/machine/cpu.max", "200000 100000\n");
  Write("/sys/fs/cgroup/machine/matinee.service/cpu.max", "400000 100000\n");
  EXPECT_EQ(CgroupCpus(root_), 2);
}

TEST_F(CgroupCpusTest, ReadsVersion1) {
  Write("/proc/self/cgroup", "3:cpu,cpuacct:/docker/abc\n2:cpuset:/\n");
  Write("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "300000\n");
  Write("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(CgroupCpus(root_), 3);
}

TEST_F(CgroupCpusTest, HasNoQuotaInVersion1) {
  Write("/proc/self/cgroup", "1:cpu:/\n0::/\n");
  Write("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
  Write("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(CgroupCpus(root_), std::nullopt);
}

TEST_F(CgroupCpusTest, IgnoresInvalidFiles) {
  Write("/proc/self/cgroup", "\n:\n0::nonsense\n0:::\n");
  Write("/sys/fs/cgroup/cpu.max", "nan 0 0\n");
  EXPECT_EQ(CgroupCpus(root_), std::nullopt);
  EXPECT_EQ(CgroupCpus(root_ + "/nowhere"), std::nullopt);
}

TEST(CpuCountTest, IsAtLeastOne) {
  EXPECT_GE(CpuCount(), 1);
}

}  // namespace
}  // namespace matinee::process
