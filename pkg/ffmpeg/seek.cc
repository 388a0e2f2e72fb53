#include "ffmpeg/seek.h"

#include <algorithm>
#include <array>
#include <limits>

namespace matinee::ffmpeg {
namespace {

constexpr double kEarlySeekSeconds = 3.0 / 23.0;
// GOPs of broadcasts last 0.5 to 2 s, of web sources up to 10 s.
constexpr double kUnknownGopSeconds = 12;
// Between where the demuxer lands and its first complete packet.
constexpr double kPositionSlackSeconds = 1;

constexpr std::array<double, kSeekAttempts> kEarlierSeconds = {
    0, 1, 4, 16, std::numeric_limits<double>::infinity()};

bool SeeksEarly(const MediaInfo& media) {
  return media.seek_kind != SeekKind::kByPts &&
         std::any_of(media.video.begin(), media.video.end(),
                     [](const VideoStream& video) { return video.reordered_frames > 0; });
}

}  // namespace

double SeekSeconds(const MediaInfo& media, double media_seconds, double lead_seconds, int attempt) {
  double seconds = media_seconds - lead_seconds -
                   kEarlierSeconds[static_cast<size_t>(std::clamp(attempt, 0, kSeekAttempts - 1))];
  if (media.seek_kind == SeekKind::kByPosition) {
    seconds -= kPositionSlackSeconds + (media.keyframe_distance_seconds > 0
                                            ? media.keyframe_distance_seconds
                                            : kUnknownGopSeconds);
  }
  // There is nothing to seek to before the first frame.
  const double first =
      ToMediaTime(media, media.MainVideo().start_seconds.value_or(media.start_time_seconds));
  if (seconds <= std::max(0.0, first)) return 0;
  return SeeksEarly(media) ? seconds + kEarlySeekSeconds : seconds;
}

double ToStreamTime(const MediaInfo& media, double media_seconds) {
  return media.start_time_seconds + media_seconds;
}

double ToMediaTime(const MediaInfo& media, double stream_seconds) {
  return stream_seconds - media.start_time_seconds;
}

}  // namespace matinee::ffmpeg
