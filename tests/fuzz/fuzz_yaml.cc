#include <string>

#include "fuzz.h"
#include "runtime/settings.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace matinee;
  if (size > config::kYamlBytesMax) return 0;
  Settings settings;
  const auto loaded =
      config::LoadYaml(SectionsOf(settings), fuzz::View(data, size), "fuzz.yaml", {});
  if (!loaded) {
    FUZZ_CHECK(!loaded.error().message.empty());
    return 0;
  }
  // The printed file loads as the same settings, except for secrets.
  const std::string printed = config::PrintConfig(loaded->effective);
  Settings again;
  const auto reloaded = config::LoadYaml(SectionsOf(again), printed, "fuzz.yaml", {});
  FUZZ_CHECK(reloaded);
  FUZZ_CHECK(config::PrintConfig(reloaded->effective).size() >= printed.size() / 2);
  FUZZ_CHECK(again.media.servers.size() == settings.media.servers.size());
  FUZZ_CHECK(again.address.allowed_hosts == settings.address.allowed_hosts);
  FUZZ_CHECK(again.media.media_roots == settings.media.media_roots);
  FUZZ_CHECK(again.captures.capture_dir == settings.captures.capture_dir);
  FUZZ_CHECK(again.database.path == settings.database.path);
  return 0;
}
