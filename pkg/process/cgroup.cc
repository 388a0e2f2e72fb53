#include "process/cgroup.h"

#include <algorithm>

#include "base/files.h"
#include "base/strings.h"

namespace matinee::process {
namespace {

constexpr size_t kSmallFileBytesMax = 65536;  // These files are a few lines long.

bool NamesController(std::string_view controllers, std::string_view controller) {
  const auto names = Split(controllers, ',');
  return std::find(names.begin(), names.end(), controller) != names.end();
}

std::vector<std::string> WithParents(const std::string& mount, std::string path) {
  std::vector<std::string> folders;
  while (true) {
    if (path == "/") path.clear();
    folders.push_back(mount + path);
    if (path.empty()) return folders;
    path.resize(path.rfind('/') == std::string::npos ? 0 : path.rfind('/'));
  }
}

}  // namespace

std::string ReadCgroupFile(const std::string& path) {
  return ReadFile(path, kSmallFileBytesMax).value_or("");
}

std::vector<CgroupChain> CgroupChains(std::string_view controller, const std::string& root) {
  const std::string mount = root + "/sys/fs/cgroup";
  const std::string groups = ReadCgroupFile(root + "/proc/self/cgroup");
  std::vector<CgroupChain> chains;
  for (const std::string_view line : Split(groups, '\n')) {
    const auto fields = Split(line, ':');  // "0::/path" or "4:cpu,cpuacct:/path"
    if (fields.size() < 3) continue;
    const std::string path(line.substr(fields[0].size() + fields[1].size() + 2));
    if (fields[1].empty()) chains.push_back({true, WithParents(mount, path)});
    if (NamesController(fields[1], controller)) {
      chains.push_back({false, WithParents(mount + "/" + std::string(controller), path)});
    }
  }
  return chains;
}

}  // namespace matinee::process
