#include <string>

#include "fuzz.h"
#include "http/client.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace matinee;
  const std::string text(fuzz::View(data, size));
  const auto url = http::ParseBaseUrl(text);
  if (!url) return 0;
  FUZZ_CHECK(url->scheme == "http" || url->scheme == "https");
  FUZZ_CHECK(!url->host.empty());
  FUZZ_CHECK(url->path.empty() || (url->path.front() == '/' && url->path.back() != '/'));
  FUZZ_CHECK((url->host + url->port + url->path).find_first_of("\r\n ?#") == std::string::npos);
  return 0;
}
