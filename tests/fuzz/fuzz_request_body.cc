// The first byte selects the session; the rest is the body of a request.
#include <cmath>

#include "api/request_parser.h"
#include "base/time_format.h"
#include "capture/plan.h"
#include "fuzz.h"

namespace {

using namespace matinee;

const WallTime kNow = FromMicros(1'771'416'000'000'000);

media::PlaybackSession Playing(uint8_t kind) {
  media::PlaybackSession session;
  session.session_id = "plex-1";
  session.media_path = "/media.mkv";
  session.capturable = (kind & 1) == 0;
  session.not_capturable_reason = "music";
  if ((kind & 2) == 0) session.duration_seconds = 5400;
  session.position_seconds = (kind & 4) == 0 ? 1800.5 : 0;
  session.position_at = kNow;
  session.state = (kind & 8) == 0 ? media::PlayState::kPlaying : media::PlayState::kPaused;
  return session;
}

template <typename Request>
void CheckPlan(const Result<Request>& request, const media::PlaybackSession& session) {
  if (!request) {
    FUZZ_CHECK(request.error().code == Code::kMalformed ||
               request.error().code == Code::kInvalidArgument);
    return;
  }
  FUZZ_CHECK(!RequestKey(*request).empty());
  if (!Check(*request, kNow)) return;
  const auto spec = Plan(session, *request, kNow);
  if (!spec) return;
  const double end_max = session.duration_seconds.value_or(1e9);
  FUZZ_CHECK(std::isfinite(spec->start_seconds) && spec->start_seconds >= 0);
  FUZZ_CHECK(spec->start_seconds <= end_max);
  if (spec->type == capture::Type::kClip) {
    FUZZ_CHECK(spec->end_seconds && *spec->end_seconds > spec->start_seconds);
    FUZZ_CHECK(*spec->end_seconds <= end_max);
    FUZZ_CHECK(*spec->end_seconds - spec->start_seconds <= capture::kClipSecondsMax + 0.001);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const media::PlaybackSession session = Playing(data[0]);
  const std::string_view body = fuzz::View(data + 1, size - 1);
  CheckPlan(api::ParseScreenshotRequest(body), session);
  CheckPlan(api::ParseClipRequest(body), session);
  (void)api::ParseEmptyBody(body);
  return 0;
}
