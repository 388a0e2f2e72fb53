#include "process/cpu_count.h"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <thread>
#include <vector>

#include "base/files.h"
#include "base/strings.h"
#include "process/process_runner.h"

namespace matinee::process {
namespace {

constexpr size_t kSmallFileBytesMax = 65536;  // These files are a few lines long.

// quota / period, rounded up: 1.5 CPUs are worth two threads.
std::optional<int> Cpus(std::string_view quota, std::string_view period) {
  const auto quota_us = ParseInt(Trim(quota));
  const auto period_us = ParseInt(Trim(period));
  if (!quota_us || !period_us || *quota_us <= 0 || *period_us <= 0) return std::nullopt;
  return static_cast<int>(
      std::ceil(static_cast<double>(*quota_us) / static_cast<double>(*period_us)));
}

std::string ReadOrEmpty(const std::string& path) {
  return ReadFile(path, kSmallFileBytesMax).value_or("");
}

std::optional<int> QuotaVersion2(const std::string& folder) {
  const std::string text = ReadOrEmpty(folder + "/cpu.max");  // "150000 100000" or "max 100000"
  const auto parts = Split(Trim(text), ' ');
  return parts.size() == 2 ? Cpus(parts[0], parts[1]) : std::nullopt;
}

std::optional<int> QuotaVersion1(const std::string& folder) {
  return Cpus(ReadOrEmpty(folder + "/cpu.cfs_quota_us"),
              ReadOrEmpty(folder + "/cpu.cfs_period_us"));
}

// Returns the least quota of the group and its parents. In a container the path is often the host's
// and does not exist; then only the mount itself counts, which is the container's group.
template <typename QuotaOf>
std::optional<int> LeastQuota(const std::string& mount, std::string path, QuotaOf quota_of) {
  std::optional<int> least;
  while (true) {
    if (path == "/") path.clear();
    const auto quota = quota_of(mount + path);
    if (quota && (!least || *quota < *least)) least = quota;
    if (path.empty()) return least;
    path.resize(path.rfind('/') == std::string::npos ? 0 : path.rfind('/'));
  }
}

bool NamesCpu(std::string_view controllers) {
  const auto names = Split(controllers, ',');
  return std::find(names.begin(), names.end(), "cpu") != names.end();
}

int AffinityCpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof(set), &set) == 0) return std::max(CPU_COUNT(&set), 1);
  return static_cast<int>(std::max(std::thread::hardware_concurrency(), 1U));
}

}  // namespace

std::optional<int> CgroupCpus(const std::string& root) {
  const std::string mount = root + "/sys/fs/cgroup";
  const std::string groups = ReadOrEmpty(root + "/proc/self/cgroup");
  for (const std::string_view line : Split(groups, '\n')) {
    const auto fields = Split(line, ':');  // "0::/path" or "4:cpu,cpuacct:/path"
    if (fields.size() < 3) continue;
    const std::string path(line.substr(fields[0].size() + fields[1].size() + 2));
    std::optional<int> cpus;
    if (fields[1].empty()) cpus = LeastQuota(mount, path, QuotaVersion2);
    if (NamesCpu(fields[1])) cpus = LeastQuota(mount + "/cpu", path, QuotaVersion1);
    if (cpus) return cpus;
  }
  return std::nullopt;
}

int CpuCount() {
  return std::min(AffinityCpus(), CgroupCpus("").value_or(AffinityCpus()));
}

}  // namespace matinee::process
