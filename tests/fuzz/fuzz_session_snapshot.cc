// What one process tells another of the sessions: Redis may hold anything.
#include <cmath>
#include <string>

#include "fuzz.h"
#include "media/session_snapshot.h"

using namespace matinee;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto servers = media::FromText(fuzz::View(data, size));
  if (!servers) return 0;
  for (const auto& server : *servers) {
    for (const auto& session : server.sessions) {
      FUZZ_CHECK(std::isfinite(session.position_seconds));
    }
  }
  const std::string told = media::ToText(*servers);
  const auto again = media::FromText(told);
  FUZZ_CHECK(again && media::ToText(*again) == told);
  return 0;
}
