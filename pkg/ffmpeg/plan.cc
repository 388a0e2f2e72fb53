#include "ffmpeg/plan.h"

#include <algorithm>
#include <cmath>

#include "ffmpeg/seek.h"

namespace matinee::ffmpeg {
namespace {

// Stream durations are in tags that other programs may not have updated when they cut the file.
// They are used only if the video's agrees with the container's.
constexpr double kCredibleSeconds = 2;
// FFmpeg needs an audio frame after the last one used, to detect the end.
constexpr double kLastAudioSeconds = 0.1;

// The maximum distance of audio and video at the beginning of a copied clip.
constexpr double kAudioBeforeVideoSeconds = 0.25;
constexpr double kVideoBeforeAudioSeconds = 0.1;

std::optional<double> EndOf(const std::optional<double>& start_seconds,
                            const std::optional<double>& duration_seconds, double standard_start) {
  if (!duration_seconds) return std::nullopt;
  return start_seconds.value_or(standard_start) + *duration_seconds;
}

std::optional<double> CredibleAudioEnd(const MediaInfo& media, const AudioStream& audio) {
  const VideoStream& video = media.MainVideo();
  const double standard_start = media.start_time_seconds;
  const auto video_end = EndOf(video.start_seconds, video.duration_seconds, standard_start);
  const double media_end = media.start_time_seconds + media.duration_seconds;
  // Matroska's duration may count from 0 and not from the start.
  const bool credible =
      video_end && (std::abs(*video_end - media_end) < kCredibleSeconds ||
                    std::abs(*video_end - media.duration_seconds) < kCredibleSeconds);
  if (!credible) return std::nullopt;
  return EndOf(audio.start_seconds, audio.duration_seconds, standard_start);
}

void PlanAudio(const MediaInfo& media, std::optional<int> audio_stream_index, ClipPlan& plan) {
  const AudioStream* audio = media.ChooseAudio(audio_stream_index);
  if (audio == nullptr) return;
  if (audio->start_seconds.value_or(0) >= plan.end_stream_seconds) return;
  const auto end = CredibleAudioEnd(media, *audio);
  if (end && *end - kLastAudioSeconds <= plan.start_stream_seconds) return;
  plan.audio = audio;
  if (end && *end < plan.end_stream_seconds) {
    plan.audio_end_stream_seconds = *end - kLastAudioSeconds;
  }
}

ClipPlan PlanSpan(const MediaInfo& media, double start_seconds, double end_seconds,
                  std::optional<int> audio_stream_index) {
  ClipPlan plan;
  plan.start_stream_seconds = ToStreamTime(media, start_seconds);
  plan.end_stream_seconds = ToStreamTime(media, end_seconds);
  PlanAudio(media, audio_stream_index, plan);
  return plan;
}

}  // namespace

ScreenshotPlan PlanScreenshot(const MediaInfo& media, double at_seconds, int attempt) {
  double at = std::max(0.0, at_seconds);
  if (media.duration_seconds > 0) at = std::min(at, media.duration_seconds);
  // The end of the video, where the container knows it: audio may be much longer.
  const VideoStream& video = media.MainVideo();
  if (media.seek_kind == SeekKind::kByPts && video.duration_seconds) {
    const double start = video.start_seconds.value_or(media.start_time_seconds);
    at = std::min(at, std::max(0.0, ToMediaTime(media, start + *video.duration_seconds)));
  }
  ScreenshotPlan plan;
  plan.at_stream_seconds = ToStreamTime(media, at);
  plan.seek_seconds = SeekSeconds(media, at, 0, attempt);
  plan.skip_far_fields = attempt == 0;
  return plan;
}

ClipPlan PlanPreciseClip(const MediaInfo& media, double start_seconds, double end_seconds,
                         std::optional<int> audio_stream_index, int attempt) {
  ClipPlan plan = PlanSpan(media, start_seconds, end_seconds, audio_stream_index);
  const double lead = plan.audio == nullptr ? 0 : kAudioLeadSeconds;
  plan.seek_seconds = SeekSeconds(media, start_seconds, lead, attempt);
  return plan;
}

ClipPlan PlanFastClip(const MediaInfo& media, double start_seconds, double end_seconds,
                      std::optional<int> audio_stream_index) {
  ClipPlan plan = PlanSpan(media, start_seconds, end_seconds, audio_stream_index);
  plan.seek_seconds = SeekSeconds(media, start_seconds, 0, 0);
  return plan;
}

bool BeginsAcceptably(const ClipPlan& plan, std::optional<double> first_video_seconds,
                      std::optional<double> first_audio_seconds) {
  if (!first_video_seconds) return false;
  const bool from_the_beginning = plan.seek_seconds <= 0;
  if (from_the_beginning) return true;
  if (*first_video_seconds > plan.start_stream_seconds + kSameTimeSeconds) return false;
  if (plan.audio == nullptr) return true;
  if (!first_audio_seconds) return false;
  // Audio that begins here is not late.
  if (plan.audio->start_seconds.value_or(0) >= *first_audio_seconds - kSameTimeSeconds) return true;
  return *first_audio_seconds >= *first_video_seconds - kAudioBeforeVideoSeconds &&
         *first_audio_seconds <= *first_video_seconds + kVideoBeforeAudioSeconds;
}

}  // namespace matinee::ffmpeg
