#include <string>

#include "config/settings.h"
#include "fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace matinee;
  if (size > config::kYamlBytesMax) return 0;
  const auto settings = config::LoadYaml(fuzz::View(data, size), "fuzz.yaml", {});
  if (!settings) {
    FUZZ_CHECK(!settings.error().message.empty());
    return 0;
  }
  // The printed file loads as the same settings, except for secrets.
  const std::string printed = config::PrintConfig(*settings);
  const auto again = config::LoadYaml(printed, "fuzz.yaml", {});
  FUZZ_CHECK(again);
  FUZZ_CHECK(config::PrintConfig(*again).size() >= printed.size() / 2);
  FUZZ_CHECK(again->media_servers.size() == settings->media_servers.size());
  FUZZ_CHECK(again->allowed_hosts == settings->allowed_hosts);
  FUZZ_CHECK(again->media_roots == settings->media_roots);
  FUZZ_CHECK(again->capture_dir == settings->capture_dir);
  FUZZ_CHECK(again->db_path == settings->db_path);
  return 0;
}
