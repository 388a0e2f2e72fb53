// Finds the folders of this process's control groups (cgroups(7)). Internal to this package.
//
// Thread safety: pure functions over files.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace matinee::process {

// The group of this process in one hierarchy, and the group's parents, whose limits count too.
struct CgroupChain {
  bool is_version_2 = false;
  // The group first, the mount itself last. In a container the group's path is often the host's and
  // does not exist; the mount is then the container's group.
  std::vector<std::string> folders;
};

// Returns the chains that may limit `controller` ("cpu", "memory"): that of version 2, and the
// controller's own of version 1, in the order of <root>/proc/self/cgroup. `root` is empty outside
// tests.
std::vector<CgroupChain> CgroupChains(std::string_view controller, const std::string& root);

// Returns the content of one of their files (a few lines), or "" if it cannot be read.
std::string ReadCgroupFile(const std::string& path);

}  // namespace matinee::process
