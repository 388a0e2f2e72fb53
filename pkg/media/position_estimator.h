// Where a film really is, worked out from stale reports.
//
// A Plex player tells its server the position every ten seconds (every twenty over a mobile line),
// and the server hands out the last report as it came, up to that old. Who polls sees only *that* a
// report changed between two polls. That is enough: a report of position P which arrived after the
// poll asked at A and before the answer received at B means that the film's zero lay at wall-clock
// times between A − P and B − P. Each further change gives another such interval, and they
// all hold the same moment until somebody pauses or seeks. (Reporting interval: Plex's OpenAPI
// description, POST /:/timeline.)
//
// Thread safety: none; used by one thread.
#pragma once

#include <optional>

#include "base/clock.h"
#include "media/interval_estimate.h"
#include "media/playback_session.h"

namespace matinee::media {

// One poll of the server: asked, answered, and when the poll before it was asked, if there was one.
struct PollTimes {
  std::optional<MonoTime> previous_asked;
  MonoTime asked;
  MonoTime answered;
};

class PositionEstimator {
 public:
  // What the server said of this film in one poll. Calls come in the order of the polls.
  void Observe(double reported_seconds, PlayState state, const PollTimes& poll);

  // The best estimate for `now`; 0 before the first Observe. Runs on only while playing, and not
  // for ever: a player that has fallen silent has probably stopped.
  [[nodiscard]] double PositionAt(MonoTime now) const;

  // The truth is at most this far from the estimate, as long as reports arrive within a tenth of a
  // second. 0 while it stands still.
  [[nodiscard]] double error_seconds_max() const;

 private:
  // Older reports than this many tell nothing that the newer ones do not.
  static constexpr size_t kReportsKept = 8;

  IntervalEstimate began_{kReportsKept};  // Monotonic seconds at which the film's zero lay.
  bool seen_ = false;
  PlayState state_ = PlayState::kPaused;
  double reported_seconds_ = 0;
  MonoTime report_seen_;
};

}  // namespace matinee::media
