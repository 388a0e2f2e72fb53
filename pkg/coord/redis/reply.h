// A reply of Redis. Internal to this package.
//
// Thread safety: plain values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace matinee::coord::redis {

struct Reply {
  enum class Kind { kNothing, kText, kNumber, kList, kError };
  Kind kind = Kind::kNothing;
  std::string text;  // Of kText (may hold any bytes) and kError.
  int64_t number = 0;
  std::vector<Reply> items;  // Of kList.

  [[nodiscard]] bool is(Kind other) const { return kind == other; }
  // Whether it is an error that begins with `word`, as "NOGROUP".
  [[nodiscard]] bool IsError(std::string_view word) const;
};

// Returns what a person can do about an error that Redis answered to `operation`. kUnavailable if
// it passes or can be fixed outside of Matinee, kInternal otherwise.
Error ToError(std::string_view operation, const Reply& error);

}  // namespace matinee::coord::redis
