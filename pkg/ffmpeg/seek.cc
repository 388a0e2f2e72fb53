#include "ffmpeg/seek.h"

#include <algorithm>
#include <array>
#include <limits>

namespace matinee::ffmpeg {
namespace {

constexpr double kEarlySeekSeconds = 3.0 / 23.0;
// GOPs of broadcasts last 0.5 to 2 s, of web sources up to 10 s.
constexpr double kUnknownGopSeconds = 12;
// Between where the demuxer lands and the first packet that it hands out whole.
constexpr double kPositionSlackSeconds = 1;

constexpr std::array<double, kSeekAttempts> kEarlierSeconds = {
    0, 1, 4, 16, std::numeric_limits<double>::infinity()};

bool SeeksEarly(const MediaInfo& film) {
  return film.seek_kind != SeekKind::kByPts &&
         std::any_of(film.video.begin(), film.video.end(),
                     [](const VideoStream& video) { return video.reordered_frames > 0; });
}

}  // namespace

double SeekSeconds(const MediaInfo& film, double film_seconds, double lead_seconds, int attempt) {
  double seconds = film_seconds - lead_seconds -
                   kEarlierSeconds[static_cast<size_t>(std::clamp(attempt, 0, kSeekAttempts - 1))];
  if (film.seek_kind == SeekKind::kByPosition) {
    seconds -=
        kPositionSlackSeconds +
        (film.keyframe_distance_seconds > 0 ? film.keyframe_distance_seconds : kUnknownGopSeconds);
  }
  // Before the first picture there is nothing to seek to.
  const double first =
      ToFilmTime(film, film.MainVideo().start_seconds.value_or(film.start_time_seconds));
  if (seconds <= std::max(0.0, first)) return 0;
  return SeeksEarly(film) ? seconds + kEarlySeekSeconds : seconds;
}

double ToStreamTime(const MediaInfo& film, double film_seconds) {
  return film.start_time_seconds + film_seconds;
}

double ToFilmTime(const MediaInfo& film, double stream_seconds) {
  return stream_seconds - film.start_time_seconds;
}

}  // namespace matinee::ffmpeg
