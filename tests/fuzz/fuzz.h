// Checks for fuzz targets: invariants of every input. A parser that does not crash may still be
// wrong.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string_view>

#define FUZZ_CHECK(condition)                                                          \
  do {                                                                                 \
    if (!(condition)) {                                                                \
      std::cerr << __FILE__ << ":" << __LINE__ << ": does not hold: " #condition "\n"; \
      std::abort();                                                                    \
    }                                                                                  \
  } while (false)

namespace matinee::fuzz {

inline std::string_view View(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// Removes the first line of `input`, for targets that need several texts.
inline std::string_view TakeLine(std::string_view& input) {
  const size_t end = input.find('\n');
  const std::string_view line = input.substr(0, end);
  input.remove_prefix(end == std::string_view::npos ? input.size() : end + 1);
  return line;
}

}  // namespace matinee::fuzz
