#include "process/environment.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/strings.h"

namespace matinee::process {
namespace {

// The default of execvp(3) without PATH.
constexpr std::string_view kDefaultPath = "/usr/local/bin:/usr/bin:/bin";

constexpr std::array<std::string_view, 9> kInheritedNames = {
    "PATH", "LD_LIBRARY_PATH", "HOME", "TMPDIR", "LANG", "LANGUAGE", "TZ", "TZDIR", "DRI_PRIME"};
// Language; VAAPI, CUDA and the NVIDIA container runtime; fontconfig and its folders.
constexpr std::array<std::string_view, 6> kInheritedPrefixes = {"LC_",     "LIBVA_",      "CUDA_",
                                                                "NVIDIA_", "FONTCONFIG_", "XDG_"};

bool HoldsSecret(std::string_view name) {
  constexpr std::array<std::string_view, 4> kParts = {"TOKEN", "KEY", "SECRET", "PASS"};
  return std::any_of(kParts.begin(), kParts.end(), [name](std::string_view part) {
    return name.find(part) != std::string_view::npos;
  });
}

bool IsInherited(std::string_view name) {
  if (std::find(kInheritedNames.begin(), kInheritedNames.end(), name) != kInheritedNames.end()) {
    return true;
  }
  return !HoldsSecret(name) &&
         std::any_of(kInheritedPrefixes.begin(), kInheritedPrefixes.end(),
                     [name](std::string_view prefix) { return name.starts_with(prefix); });
}

bool IsExecutableFile(const std::string& path) {
  struct stat info {};
  return stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && access(path.c_str(), X_OK) == 0;
}

std::string_view PathOf(const std::vector<std::string>& environment) {
  constexpr std::string_view kName = "PATH=";
  for (const std::string_view entry : environment) {
    if (entry.starts_with(kName)) return entry.substr(kName.size());
  }
  return kDefaultPath;
}

}  // namespace

std::vector<std::string> InheritedEnvironment(const char* const* environment) {
  std::vector<std::string> inherited;
  for (; environment != nullptr && *environment != nullptr; ++environment) {
    const std::string_view entry = *environment;
    if (IsInherited(entry.substr(0, entry.find('=')))) inherited.emplace_back(entry);
  }
  return inherited;
}

Result<std::string> FindProgram(const std::string& program,
                                const std::vector<std::string>& environment) {
  if (program.empty()) return Fail(Code::kNotFound, "no program is named");
  if (program.find('/') != std::string::npos) {
    if (IsExecutableFile(program)) return program;
    return Fail(Code::kNotFound, "there is no program " + EscapeUnprintable(program));
  }
  for (const std::string_view folder : Split(PathOf(environment), ':')) {
    // An empty entry means the current folder, whose files must not run.
    if (folder.empty()) continue;
    std::string candidate = std::string(folder) + "/" + program;
    if (IsExecutableFile(candidate)) return candidate;
  }
  return Fail(Code::kNotFound,
              "there is no program " + EscapeUnprintable(program) + " in the folders of PATH");
}

}  // namespace matinee::process
