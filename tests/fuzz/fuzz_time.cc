#include <string>

#include "base/time_format.h"
#include "fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace matinee;
  const auto time = ParseTime(fuzz::View(data, size));
  if (!time) return 0;
  const std::string text = FormatTime(*time);
  FUZZ_CHECK(text.size() == std::string_view("2026-02-18T12:00:00.123+00:00").size());
  // An offset may move the first and the last day out of range.
  const auto again = ParseTime(text);
  if (!again) {
    FUZZ_CHECK(text.starts_with("1969-12-31") || text.starts_with("3000-01-01"));
    return 0;
  }
  FUZZ_CHECK(ToMicros(*again) / 1000 == ToMicros(*time) / 1000);
  return 0;
}
