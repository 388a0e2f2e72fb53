#include "capture/plan.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "base/strings.h"
#include "base/time_format.h"

namespace matinee::capture {
namespace {

// The end of an item whose duration the server does not report: 116 days, longer than any. Keeps
// invented numbers of clients within what every layer below can count.
constexpr double kItemSecondsMax = 1e7;
// 1600.3 - 1000.3 is a little more than 600 in binary floating point.
constexpr double kRoundingSeconds = 1e-6;

Status CheckTap(const std::optional<WallTime>& at, WallTime arrived) {
  if (!at || *at >= arrived - kTapAgeMax) return {};
  return Fail(Code::kInvalidArgument, "at lies more than ten minutes in the past");
}

WallTime TapTime(const std::optional<WallTime>& at, WallTime arrived) {
  return std::min(at.value_or(arrived), arrived);
}

Status CheckFinite(double value, const char* name) {
  if (std::isfinite(value)) return {};
  return Fail(Code::kInvalidArgument, std::string(name) + " is not a finite number");
}

double ItemEnd(const media::PlaybackSession& session) {
  return std::clamp(session.duration_seconds.value_or(kItemSecondsMax), 0.0, kItemSecondsMax);
}

std::string Number(double value) {
  std::array<char, 40> buffer{};
  const int length = std::snprintf(buffer.data(), buffer.size(), "%.9g", value);
  return std::string(buffer.data(), static_cast<size_t>(length));
}

std::string Named(const char* name, const std::optional<double>& value) {
  return value ? std::string(" ") + name + "=" + Number(*value) : "";
}

std::string Named(const char* name, const std::optional<WallTime>& at) {
  return at ? std::string(" ") + name + "=" + std::to_string(ToMicros(*at)) : "";
}

// Returns the part of a spec that comes from its session.
Result<CaptureSpec> Begin(const media::PlaybackSession& session) {
  if (!session.capturable) return Fail(Code::kConflict, session.not_capturable_reason);
  CaptureSpec spec;
  spec.source = media::ToString(session.source);
  spec.server = session.server;
  spec.session_id = session.session_id;
  spec.media_title = session.title;
  if (session.subtitle) spec.media_title += " — " + *session.subtitle;
  spec.media_path = session.media_path;
  spec.part_start_seconds = session.part_start_seconds;
  spec.audio_stream_index = session.audio_stream_index;
  return spec;
}

}  // namespace

std::string RequestKey(const ScreenshotRequest& request) {
  return "screenshot " + request.session_id + " offset=" + Number(request.offset_seconds) +
         Named("at", request.at);
}

std::string RequestKey(const ClipRequest& request) {
  return "clip " + request.session_id + (request.precise ? " precise" : " fast") +
         Named("relative", request.relative_seconds) + Named("start", request.start_seconds) +
         Named("end", request.end_seconds) + " offset=" + Number(request.offset_seconds) +
         Named("at", request.at);
}

Status Check(const ScreenshotRequest& request, WallTime arrived) {
  TRY(CheckFinite(request.offset_seconds, "offset_seconds"));
  return CheckTap(request.at, arrived);
}

Status Check(const ClipRequest& request, WallTime arrived) {
  TRY(CheckTap(request.at, arrived));
  TRY(CheckFinite(request.offset_seconds, "offset_seconds"));
  const bool has_span = request.start_seconds || request.end_seconds;
  if (request.relative_seconds && has_span) {
    return Fail(Code::kInvalidArgument,
                "give either relative_seconds, or start_seconds and end_seconds, not both");
  }
  if (request.relative_seconds) {
    TRY(CheckFinite(*request.relative_seconds, "relative_seconds"));
    if (*request.relative_seconds >= 0) {
      return Fail(Code::kInvalidArgument,
                  "relative_seconds must be negative: -30 means the last 30 seconds");
    }
    if (*request.relative_seconds < -kClipSecondsMax) {
      return Fail(Code::kInvalidArgument, "a clip is at most 600 seconds long");
    }
    return {};
  }
  if (!request.start_seconds || !request.end_seconds) {
    return Fail(Code::kInvalidArgument,
                "give relative_seconds, or both start_seconds and end_seconds");
  }
  TRY(CheckFinite(*request.start_seconds, "start_seconds"));
  TRY(CheckFinite(*request.end_seconds, "end_seconds"));
  if (*request.end_seconds <= *request.start_seconds) {
    return Fail(Code::kInvalidArgument, "end_seconds must be greater than start_seconds");
  }
  return {};
}

Result<CaptureSpec> Plan(const media::PlaybackSession& session, const ScreenshotRequest& request,
                         WallTime arrived) {
  TRY_ASSIGN(CaptureSpec spec, Begin(session));
  const double position = session.PositionAt(TapTime(request.at, arrived));
  spec.type = Type::kScreenshot;
  spec.start_seconds = std::clamp(position + request.offset_seconds, 0.0, ItemEnd(session));
  spec.idempotency_key = request.idempotency_key;
  spec.at_given = request.at.has_value();
  spec.request_key = RequestKey(request);
  return spec;
}

Result<CaptureSpec> Plan(const media::PlaybackSession& session, const ClipRequest& request,
                         WallTime arrived) {
  TRY_ASSIGN(CaptureSpec spec, Begin(session));
  double start = 0;
  double end = 0;
  if (request.relative_seconds) {
    const double position = session.PositionAt(TapTime(request.at, arrived));
    end = std::clamp(position + request.offset_seconds, 0.0, ItemEnd(session));
    start = end + *request.relative_seconds;
  } else {
    start = *request.start_seconds;
    end = *request.end_seconds;
  }
  start = std::clamp(start, 0.0, ItemEnd(session));
  end = std::clamp(end, 0.0, ItemEnd(session));
  if (end - start < kClipSecondsMin - kRoundingSeconds) {
    return Fail(Code::kInvalidArgument, "this span holds less than a tenth of a second (from " +
                                            Number(start) + " to " + Number(end) + " s)");
  }
  if (end - start > kClipSecondsMax + kRoundingSeconds) {
    return Fail(Code::kInvalidArgument, "a clip is at most 600 seconds long");
  }
  spec.type = Type::kClip;
  spec.precise = request.precise;
  spec.start_seconds = start;
  spec.end_seconds = end;
  spec.idempotency_key = request.idempotency_key;
  spec.at_given = request.at.has_value();
  spec.request_key = RequestKey(request);
  return spec;
}

}  // namespace matinee::capture
