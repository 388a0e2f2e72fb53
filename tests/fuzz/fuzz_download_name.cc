#include <string>

#include "base/strings.h"
#include "base/time_format.h"
#include "fuzz.h"
#include "library/download_name.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace matinee;
  capture::Capture capture;
  capture.spec.media_title = fuzz::View(data, size);
  capture.timestamp_seconds = static_cast<double>(size);
  capture.created_at = FromMicros(0);
  const std::string name = library::DownloadName(capture);
  FUZZ_CHECK(!name.empty() && name.size() <= 255 && IsUtf8(name));
  FUZZ_CHECK(name.find_first_of("/\\:*?\"<>|\r\n") == std::string::npos);
  FUZZ_CHECK(!name.starts_with('.') && !name.ends_with('.') && !name.starts_with(' '));
  const std::string header = library::ContentDisposition("attachment", name);
  for (const char c : header) FUZZ_CHECK(c >= 0x20 && c < 0x7F);
  return 0;
}
