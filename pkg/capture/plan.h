// Computes the capture spec from a request and the playback session. All rules on times are here.
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

// MediaSnap's limit, so that a slip of the finger does not encode a whole media file.
constexpr double kClipSecondsMax = 600;
// One frame at 10 frames a second; less may hold no frame.
constexpr double kClipSecondsMin = 0.1;
// How old a tap may be: a request may be late because of a bad network; an older one was meant for
// another scene, or comes from a wrong clock. A tap in the future counts as now.
constexpr std::chrono::minutes kTapAgeMax{10};

struct ScreenshotRequest {
  std::string session_id;
  double offset_seconds = 0;   // Relative to the position at the tap; clamped to the item.
  std::optional<WallTime> at;  // The time of the tap; without it, the time of arrival.
  std::string idempotency_key;
  std::string client;  // Its address; see CaptureSpec.
};

struct ClipRequest {
  std::string session_id;
  std::optional<double> relative_seconds;  // Negative: the last so many seconds.
  std::optional<double> start_seconds;     // Or a span of the item, both ends.
  std::optional<double> end_seconds;
  double offset_seconds = 0;  // Moves the end of a relative clip.
  bool precise = false;
  std::optional<WallTime> at;
  std::string idempotency_key;
  std::string client;  // Its address; see CaptureSpec.
};

// Returns the request in one canonical line: equal requests have equal lines.
std::string RequestKey(const ScreenshotRequest& request);
std::string RequestKey(const ClipRequest& request);

// Checks what does not depend on the session; fails with kInvalidArgument.
Status Check(const ScreenshotRequest& request, WallTime arrived);
Status Check(const ClipRequest& request, WallTime arrived);

// Returns what to capture. `request` must have passed Check. Fails with kConflict if the session
// cannot be captured (its reason as message), with kInvalidArgument if the span is too long, or
// empty once it is clamped to the item.
Result<CaptureSpec> Plan(const media::PlaybackSession& session, const ScreenshotRequest& request,
                         WallTime arrived);
Result<CaptureSpec> Plan(const media::PlaybackSession& session, const ClipRequest& request,
                         WallTime arrived);

}  // namespace matinee::capture
