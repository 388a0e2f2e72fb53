// Checks the head of a request before the HTTP library parses it. Refuses what would make the
// library crash, allocate without bound, or parse differently from nginx.
//
// Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace matinee::http {

struct HeadLimits {
  size_t request_bytes_max = 0;  // Head and body.
  size_t target_bytes_max = 0;
};

enum class HeadState {
  kIncomplete,  // Good so far, without the empty line yet.
  kGood,
  kTargetTooLong,  // 414
  kTooLarge,       // 413
  kMalformed,      // 400
};

// Checks `input`, all bytes received of this request so far (perhaps with some of its body).
HeadState CheckHead(std::string_view input, const HeadLimits& limits);

// Removes the Cookie headers from `input`, which begins with a good head. Returns their values,
// joined as RFC 9113 (8.2.3) says, or nullopt if there are none.
std::optional<std::string> RemoveCookies(std::string& input);

}  // namespace matinee::http
