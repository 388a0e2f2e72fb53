// The pure half of CpuCount (process_runner.h): what the cgroup files mean.
#pragma once

#include <optional>
#include <string>

namespace matinee::process {

// CPUs that the cgroup of this process may use, from <root>/proc/self/cgroup and
// <root>/sys/fs/cgroup (cgroups(7); kernel documentation "cpu.max", "cpu.cfs_quota_us"), or
// nothing without a quota. `root` is empty outside tests. The quotas of the groups above count too.
std::optional<int> CgroupCpus(const std::string& root);

}  // namespace matinee::process
