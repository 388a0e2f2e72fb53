// Decides whether and when a failed attempt is retried.
//
// Thread safety: pure functions.
#pragma once

#include <chrono>
#include <optional>

#include "base/error.h"

namespace matinee::jobs {

// Tries of a job. What fails five times within 15 s (a full disk: within 15 min) is not expected to
// succeed the sixth time.
constexpr int kTriesMax = 5;

// After this many crashes a job is retried once more, exclusively; after one more it fails.
constexpr int kCrashesMax = 3;

// The error of a job whose worker crashed more than kCrashesMax times.
Error CrashesError();

// Returns how long to wait after the try number `tries` (from 1) ended with an error of this code,
// or nothing if it must not be retried. Missing or broken media is not retried; a full disk waits
// long, since a person must make room; all else waits 1 s, doubled each time. `random` in [0, 1)
// adds a jitter of up to a fifth, so that jobs which failed together are not retried together.
std::optional<std::chrono::milliseconds> RetryDelay(Code code, int tries, double random);

}  // namespace matinee::jobs
