// The part of CpuCount (process_runner.h) that reads the cgroup files.
#pragma once

#include <optional>
#include <string>

namespace matinee::process {

// Returns the CPUs that the cgroup of this process may use, from <root>/proc/self/cgroup and
// <root>/sys/fs/cgroup (cgroups(7); kernel documentation "cpu.max", "cpu.cfs_quota_us"), or
// std::nullopt without a quota. `root` is empty outside tests. Quotas of parent groups count too.
std::optional<int> CgroupCpus(const std::string& root);

}  // namespace matinee::process
