#include "process/cpu_count.h"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <thread>

#include "base/strings.h"
#include "process/cgroup.h"
#include "process/process_runner.h"

namespace matinee::process {
namespace {

// quota / period, rounded up: 1.5 CPUs are worth two threads.
std::optional<int> Cpus(std::string_view quota, std::string_view period) {
  const auto quota_us = ParseInt(Trim(quota));
  const auto period_us = ParseInt(Trim(period));
  if (!quota_us || !period_us || *quota_us <= 0 || *period_us <= 0) return std::nullopt;
  return static_cast<int>(
      std::ceil(static_cast<double>(*quota_us) / static_cast<double>(*period_us)));
}

std::optional<int> QuotaVersion2(const std::string& folder) {
  const std::string text = ReadCgroupFile(folder + "/cpu.max");  // "150000 100000", "max 100000"
  const auto parts = Split(Trim(text), ' ');
  return parts.size() == 2 ? Cpus(parts[0], parts[1]) : std::nullopt;
}

std::optional<int> QuotaVersion1(const std::string& folder) {
  return Cpus(ReadCgroupFile(folder + "/cpu.cfs_quota_us"),
              ReadCgroupFile(folder + "/cpu.cfs_period_us"));
}

std::optional<int> LeastQuota(const CgroupChain& chain) {
  std::optional<int> least;
  for (const std::string& folder : chain.folders) {
    const auto quota = chain.is_version_2 ? QuotaVersion2(folder) : QuotaVersion1(folder);
    if (quota && (!least || *quota < *least)) least = quota;
  }
  return least;
}

int AffinityCpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof(set), &set) == 0) return std::max(CPU_COUNT(&set), 1);
  return static_cast<int>(std::max(std::thread::hardware_concurrency(), 1U));
}

}  // namespace

std::optional<int> CgroupCpus(const std::string& root) {
  for (const CgroupChain& chain : CgroupChains("cpu", root)) {
    if (const auto cpus = LeastQuota(chain)) return cpus;
  }
  return std::nullopt;
}

int CpuCount() {
  return std::min(AffinityCpus(), CgroupCpus("").value_or(AffinityCpus()));
}

}  // namespace matinee::process
