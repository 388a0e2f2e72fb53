// The session snapshot of another process: Redis may contain anything.
#include <cmath>
#include <string>

#include "fuzz.h"
#include "media/session_codec.h"

using namespace matinee;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto servers = media::DecodeSessions(fuzz::View(data, size));
  if (!servers) return 0;
  for (const auto& server : *servers) {
    for (const auto& session : server.sessions) {
      FUZZ_CHECK(std::isfinite(session.position_seconds));
    }
  }
  const std::string encoded = media::EncodeSessions(*servers);
  const auto again = media::DecodeSessions(encoded);
  FUZZ_CHECK(again && media::EncodeSessions(*again) == encoded);
  return 0;
}
