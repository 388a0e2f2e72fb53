#include "process/memory_limit.h"

#include <unistd.h>

#include <algorithm>
#include <limits>

#include "base/strings.h"
#include "process/cgroup.h"
#include "process/process_runner.h"

namespace matinee::process {
namespace {

// Version 1 says "no limit" as the largest multiple of the page size; no machine has so much.
constexpr int64_t kUnlimitedBytes = int64_t{1} << 60;

int64_t PhysicalBytes() {
  const long pages = sysconf(_SC_PHYS_PAGES);
  const long page_bytes = sysconf(_SC_PAGESIZE);
  if (pages <= 0 || page_bytes <= 0) return std::numeric_limits<int64_t>::max();
  return int64_t{pages} * page_bytes;
}

}  // namespace

std::optional<int64_t> CgroupMemoryBytes(const std::string& root) {
  std::optional<int64_t> least;
  for (const CgroupChain& chain : CgroupChains("memory", root)) {
    const char* file = chain.is_version_2 ? "/memory.max" : "/memory.limit_in_bytes";
    for (const std::string& folder : chain.folders) {
      const auto bytes = ParseInt(Trim(ReadCgroupFile(folder + file)));  // Or "max".
      if (!bytes || *bytes <= 0 || *bytes >= kUnlimitedBytes) continue;
      least = std::min(*bytes, least.value_or(*bytes));
    }
  }
  return least;
}

int64_t MemoryBytes() {
  const int64_t physical = PhysicalBytes();
  return std::min(physical, CgroupMemoryBytes("").value_or(physical));
}

}  // namespace matinee::process
