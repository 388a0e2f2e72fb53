#include "edge/nginx_status.h"
#include "fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace matinee;
  const std::string_view text = fuzz::View(data, size);
  if (const auto status = edge::ParseStubStatus(text)) {
    for (const int64_t number : {status->active, status->reading, status->writing, status->waiting,
                                 status->accepted, status->handled, status->requests}) {
      FUZZ_CHECK(number >= 0);
    }
  }
  return 0;
}
