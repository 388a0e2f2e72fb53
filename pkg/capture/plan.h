// From a tap and what is playing to what exactly is to be captured. Pure functions: all the rules
// on times stand here.
//
// Thread safety: pure.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "capture/capture.h"
#include "media/playback_session.h"

namespace matinee::capture {

// MediaSnap's limit, so that a slip of the finger does not encode a whole film.
constexpr double kClipSecondsMax = 600;
// Less holds no whole frame of slow film (10 frames a second).
constexpr double kClipSecondsMin = 0.1;
// How old a tap may be: a request may come late by a bad network; what is older was meant for
// another scene, or told by a wrong clock. A tap in the future counts as now.
constexpr std::chrono::minutes kTapAgeMax{10};

struct ScreenshotRequest {
  std::string session_id;
  double offset_seconds = 0;   // Relative to the position at the tap; clamped to the film.
  std::optional<WallTime> at;  // The moment of the tap; without it: when it arrived.
  std::string idempotency_key;
};

struct ClipRequest {
  std::string session_id;
  std::optional<double> relative_seconds;  // Negative: the last so many seconds.
  std::optional<double> start_seconds;     // Or a span of the film, both ends.
  std::optional<double> end_seconds;
  double offset_seconds = 0;  // Moves the end of a relative clip.
  bool precise = false;
  std::optional<WallTime> at;
  std::string idempotency_key;
};

// The request in one canonical line: two requests are the same if theirs are.
std::string RequestKey(const ScreenshotRequest& request);
std::string RequestKey(const ClipRequest& request);

// What can be said of a request before it is known what plays: kInvalidArgument.
Status Check(const ScreenshotRequest& request, WallTime arrived);
Status Check(const ClipRequest& request, WallTime arrived);

// What to capture. `request` must have passed Check. Fails with kConflict if the session cannot be
// captured (its reason as message), with kInvalidArgument if the span is too long, or empty once it
// is cut to the film.
Result<CaptureSpec> Plan(const media::PlaybackSession& session, const ScreenshotRequest& request,
                         WallTime arrived);
Result<CaptureSpec> Plan(const media::PlaybackSession& session, const ClipRequest& request,
                         WallTime arrived);

}  // namespace matinee::capture
