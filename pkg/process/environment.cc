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

bool HoldsSecret(std::string_view name) {
  constexpr std::array<std::string_view, 4> kParts = {"token", "key", "secret", "password"};
  const std::string lower = ToLower(name);
  const bool by_part = std::any_of(kParts.begin(), kParts.end(), [&lower](std::string_view part) {
    return lower.find(part) != std::string::npos;
  });
  // OTEL_EXPORTER_OTLP_HEADERS and its like hold an Authorization.
  return by_part || lower.ends_with("_headers") || lower == "database_url" || lower == "redis_url";
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

std::vector<std::string> ScrubbedEnvironment(const char* const* environment) {
  std::vector<std::string> safe;
  for (; environment != nullptr && *environment != nullptr; ++environment) {
    const std::string_view entry = *environment;
    if (!HoldsSecret(entry.substr(0, entry.find('=')))) safe.emplace_back(entry);
  }
  return safe;
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
