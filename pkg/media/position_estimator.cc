#include "media/position_estimator.h"

#include <algorithm>

namespace matinee::media {
namespace {

// A report seen in the very first poll is at most this old (a player on the home network).
constexpr double kReportEverySeconds = 10;
// How long a report is on its way, and how unevenly players time them.
constexpr double kReportDelaySeconds = 0.1;
// Twice the longest reporting interval and then some: past it, the player no longer reports.
constexpr double kRunOnSecondsMax = 45;

double Seconds(MonoTime time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

}  // namespace

void PositionEstimator::Observe(double reported_seconds, PlayState state, const PollTimes& poll) {
  const bool changed = !seen_ || state != state_ || reported_seconds != reported_seconds_;
  // While it does not play, its beginning moves along; what was known of it is worth nothing after.
  if (state != PlayState::kPlaying || state_ != PlayState::kPlaying) began_.Clear();
  if (changed) {
    const double asked_before = poll.previous_asked ? Seconds(*poll.previous_asked)
                                                    : Seconds(poll.asked) - kReportEverySeconds;
    if (state == PlayState::kPlaying) {
      began_.Add({asked_before - reported_seconds - kReportDelaySeconds,
                  Seconds(poll.answered) - reported_seconds});
    }
    report_seen_ = poll.answered;
  }
  seen_ = true;
  state_ = state;
  reported_seconds_ = reported_seconds;
}

double PositionEstimator::PositionAt(MonoTime now) const {
  const auto began = began_.Get();
  if (state_ != PlayState::kPlaying || !began) return reported_seconds_;
  const double until = std::min(Seconds(now), Seconds(report_seen_) + kRunOnSecondsMax);
  return std::max(until - began->Middle(), 0.0);
}

double PositionEstimator::error_seconds_max() const {
  const auto began = began_.Get();
  return began ? (began->high - began->low) / 2 : 0.0;
}

}  // namespace matinee::media
