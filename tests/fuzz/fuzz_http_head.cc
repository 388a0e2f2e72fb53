#include "fuzz.h"
#include "http/request_head.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace matinee;
  const std::string_view input = fuzz::View(data, size);
  constexpr http::HeadLimits kLimits{4096, 512};
  const http::HeadState whole = http::CheckHead(input, kLimits);
  // A request arrives in pieces. A refused piece stays refused, and a good head stays good with the
  // body that follows; otherwise a client could get two answers.
  const http::HeadState half = http::CheckHead(input.substr(0, size / 2), kLimits);
  if (half == http::HeadState::kGood && size <= kLimits.request_bytes_max) {
    FUZZ_CHECK(whole == http::HeadState::kGood);
  }
  if (half != http::HeadState::kGood && half != http::HeadState::kIncomplete) {
    FUZZ_CHECK(whole != http::HeadState::kGood && whole != http::HeadState::kIncomplete);
  }
  if (whole == http::HeadState::kGood) {
    // Without its cookies, a good head is still one, and there are none left.
    std::string rest(input);
    static_cast<void>(http::RemoveCookies(rest));
    FUZZ_CHECK(http::CheckHead(rest, kLimits) == http::HeadState::kGood);
    FUZZ_CHECK(!http::RemoveCookies(rest));
  }
  return 0;
}
