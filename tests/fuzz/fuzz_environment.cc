// Each line of the input is a variable, as printed by env(1).
#include <string>

#include "config/settings.h"
#include "fuzz.h"

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
  const auto settings = config::LoadYaml("", "", environment);
  if (!settings) return 0;
  FUZZ_CHECK(settings->port > 0 && settings->screenshot_quality > 0);
  FUZZ_CHECK(settings->base_path.empty() || settings->base_path.front() == '/');
  for (const auto& server : settings->media_servers) {
    FUZZ_CHECK(server.url.find_first_of("\r\n ?#") == std::string::npos);
    FUZZ_CHECK(server.token.Reveal().find_first_of("\r\n") == std::string::npos);
  }
  FUZZ_CHECK(config::LoadYaml(config::PrintConfig(*settings), "", {}));
  return 0;
}
