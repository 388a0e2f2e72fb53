#include "jobs/retry_policy.h"

#include <cmath>

namespace matinee::jobs {
namespace {

struct Backoff {
  double first_seconds;
  double factor;
};
constexpr Backoff kTransient{1, 2};  // 1, 2, 4, 8 s
constexpr Backoff kDiskFull{15, 3};  // 15 s, 45 s, 2:15, 6:45
constexpr double kJitter = 0.2;

}  // namespace

Error CrashesError() {
  return {Code::kInternal, "Matinee was interrupted each time it was making this, and gave up"};
}

std::optional<std::chrono::milliseconds> RetryDelay(Code code, int tries, double random) {
  if (!InfoOf(code).retryable || tries >= kTriesMax) return std::nullopt;
  const Backoff& backoff = code == Code::kInsufficientStorage ? kDiskFull : kTransient;
  const double seconds = backoff.first_seconds * std::pow(backoff.factor, tries - 1) *
                         (1 - kJitter + 2 * kJitter * random);
  return std::chrono::milliseconds(std::lround(seconds * 1000));
}

}  // namespace matinee::jobs
