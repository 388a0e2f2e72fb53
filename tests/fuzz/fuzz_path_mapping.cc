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
    const std::string_view from = fuzz::TakeLine(input);
    const std::string_view to = fuzz::TakeLine(input);
    // The settings allow only absolute paths without NUL.
    if (from.empty() || to.find('\0') != std::string_view::npos) continue;
    mappings.push_back({std::string(from), "/" + std::string(to)});
  }
  const auto mapped = media::MapPath(path, mappings);
  if (!mapped) {
    FUZZ_CHECK(IsUtf8(mapped.error().message) && !mapped.error().message.empty());
    return 0;
  }
  // Only a path that is itself mapped to the root is empty.
  FUZZ_CHECK(mapped->empty() || mapped->starts_with('/'));
  FUZZ_CHECK(mapped->find('\0') == std::string::npos);
  for (const std::string_view part : Split(*mapped, '/')) FUZZ_CHECK(part != "..");
  return 0;
}
