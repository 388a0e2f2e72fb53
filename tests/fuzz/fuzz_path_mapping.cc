// The first line is the server's path; then come mappings, each two lines.
#include <string>
#include <vector>

#include "base/strings.h"
#include "fuzz.h"
#include "media/path_mapping.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace matinee;
  std::string_view input = fuzz::View(data, size);
  const std::string_view path = fuzz::TakeLine(input);
  std::vector<media::PathMapping> mappings;
  while (!input.empty()) {
    const std::string from(fuzz::TakeLine(input));
    // The settings let nothing else through.
    mappings.push_back({from, "/" + std::string(fuzz::TakeLine(input))});
  }
  const auto mapped = media::MapPath(path, mappings);
  if (!mapped) {
    FUZZ_CHECK(IsUtf8(mapped.error().message) && !mapped.error().message.empty());
    return 0;
  }
  FUZZ_CHECK(mapped->starts_with('/'));
  FUZZ_CHECK(mapped->find('\0') == std::string::npos);
  // What climbs up may only be what a person wrote into a mapping.
  if (mappings.empty()) {
    for (const std::string_view part : Split(*mapped, '/')) FUZZ_CHECK(part != "..");
  }
  return 0;
}
