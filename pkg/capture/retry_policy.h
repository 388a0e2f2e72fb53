// Whether and when a capture that was not made is tried again.
//
// Thread safety: pure functions.
#pragma once

#include <chrono>
#include <optional>

#include "base/error.h"

namespace matinee::capture {

// How often a capture is tried: what fails for a passing reason five times in a quarter of a minute
// (a disk: in a quarter of an hour) will not succeed in a sixth.
constexpr int kTriesMax = 5;

// How long to wait after the try number `tries` (from 1) ended with an error of this code; nothing
// if there is no point in trying again. What is missing or broken fails at once; a full disk waits
// long, since somebody must make room; all else waits 1 s, doubled each time. `random` in [0, 1)
// spreads them by a fifth, so that what failed together does not come back together.
std::optional<std::chrono::milliseconds> RetryDelay(Code code, int tries, double random);

}  // namespace matinee::capture
