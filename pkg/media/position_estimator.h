// Estimates the current playback position from stale reports.
//
// A Plex player reports its position to the server every ten seconds (every twenty over a mobile
// connection), and the server returns the last report, up to that old. A poll sees only *that* the
// report changed since the previous poll. That is enough: a report of position P that arrived after
// the poll requested at A and before the response received at B means that playback began (position
// 0) between A − P and B − P. Each further change yields another such interval, and all contain the
// same moment until the viewer pauses or seeks. (Reporting interval: Plex's OpenAPI description,
// POST /:/timeline.)
//
// Thread safety: none; used by one thread.
#pragma once

#include <optional>

#include "base/clock.h"
#include "media/interval_estimate.h"
#include "media/playback_session.h"

namespace matinee::media {

// When a poll was requested, when its response was received, and when the previous poll, if any,
// was requested.
struct PollTimes {
  std::optional<MonoTime> previous_requested;
  MonoTime requested;
  MonoTime received;
};

class PositionEstimator {
 public:
  // Records what one poll returned. Called in the order of the polls.
  void Observe(double reported_seconds, PlayState state, const PollTimes& poll);

  // The best estimate for `now`; 0 before the first Observe. Advances only while playing, and for a
  // limited time: a player that no longer reports has probably stopped.
  [[nodiscard]] double PositionAt(MonoTime now) const;

 private:
  // More reports do not improve the estimate.
  static constexpr size_t kReportsKept = 8;

  IntervalEstimate began_{kReportsKept};  // Monotonic seconds at position 0.
  bool observed_ = false;
  PlayState state_ = PlayState::kPaused;
  double reported_seconds_ = 0;
  MonoTime report_received_;
};

}  // namespace matinee::media
