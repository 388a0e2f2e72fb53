#include "runtime/settings.h"

#include <unistd.h>

#include <optional>
#include <string>

extern char** environ;

namespace matinee {
namespace {

config::Environment ReadEnvironment() {
  config::Environment environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text(*entry);
    const size_t equals = text.find('=');
    if (equals != std::string::npos) environment[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return environment;
}

}  // namespace

Result<config::Settings> LoadSettings() {
  const config::Environment environment = ReadEnvironment();
  std::optional<std::string> file;
  if (const auto entry = environment.find("MATINEE_CONFIG");
      entry != environment.end() && !entry->second.empty()) {
    file = entry->second;
  }
  return config::Load(file, environment);
}

}  // namespace matinee
