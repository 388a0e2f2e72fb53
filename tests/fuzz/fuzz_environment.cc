// Each line of the input is a variable, as printed by env(1).
#include <string>

#include "fuzz.h"
#include "runtime/settings.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace matinee;
  std::string_view input = fuzz::View(data, size);
  config::Environment environment;
  while (!input.empty()) {
    const std::string_view line = fuzz::TakeLine(input);
    const size_t equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    environment[std::string(line.substr(0, equals))] = line.substr(equals + 1);
  }
  Settings settings;
  const auto loaded = config::LoadYaml(SectionsOf(settings), "", "", environment);
  if (!loaded) return 0;
  FUZZ_CHECK(settings.address.port > 0 && settings.ffmpeg.screenshot_quality > 0);
  const std::string& base_path = settings.address.base_path;
  FUZZ_CHECK(base_path.empty() || base_path.front() == '/');
  for (const auto& server : settings.media.servers) {
    FUZZ_CHECK(server.url.find_first_of("\r\n ?#") == std::string::npos);
    FUZZ_CHECK(server.token.Reveal().find_first_of("\r\n") == std::string::npos);
  }
  Settings again;
  FUZZ_CHECK(config::LoadYaml(SectionsOf(again), config::PrintConfig(loaded->effective), "", {}));
  return 0;
}
