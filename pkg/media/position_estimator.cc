#include "media/position_estimator.h"

#include <algorithm>

namespace matinee::media {
namespace {

// The maximum age of a report in the first poll (a player on the home network).
constexpr double kReportIntervalSeconds = 10;
// The latency of a report and the jitter of the players.
constexpr double kReportDelaySeconds = 0.1;
// More than twice the longest reporting interval: after it, the player no longer reports.
constexpr double kExtrapolateSecondsMax = 45;

double Seconds(MonoTime time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

}  // namespace

void PositionEstimator::Observe(double reported_seconds, PlayState state, const PollTimes& poll) {
  const bool changed = !observed_ || state != state_ || reported_seconds != reported_seconds_;
  // A pause moves the time at which playback began, so earlier intervals no longer count.
  if (state != PlayState::kPlaying || state_ != PlayState::kPlaying) began_.Clear();
  if (changed) {
    const double earliest = poll.previous_requested
                                ? Seconds(*poll.previous_requested)
                                : Seconds(poll.requested) - kReportIntervalSeconds;
    if (state == PlayState::kPlaying) {
      began_.Add({earliest - reported_seconds - kReportDelaySeconds,
                  Seconds(poll.received) - reported_seconds});
    }
    report_received_ = poll.received;
  }
  observed_ = true;
  state_ = state;
  reported_seconds_ = reported_seconds;
}

double PositionEstimator::PositionAt(MonoTime now) const {
  const auto began = began_.Get();
  if (state_ != PlayState::kPlaying || !began) return reported_seconds_;
  const double until = std::min(Seconds(now), Seconds(report_received_) + kExtrapolateSecondsMax);
  return std::max(until - began->Middle(), 0.0);
}

}  // namespace matinee::media
