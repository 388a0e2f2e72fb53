#include "capture/render.h"

#include <algorithm>
#include <filesystem>
#include <string>
#include <system_error>

#include "base/ids.h"

namespace matinee::capture {
namespace {

// Film time of a moment of the item, kept inside a film whose end is known.
double ToFilm(const Wish& wish, double item_seconds, const ffmpeg::MediaInfo& film) {
  const double seconds = std::max(0.0, item_seconds - wish.part_start_seconds);
  return film.duration_seconds > 0 ? std::min(seconds, film.duration_seconds) : seconds;
}

Counter& Bytes(Metrics& metrics, Type type) {
  return metrics.GetCounter("matinee_capture_bytes_total", "Bytes of the captures that were made.",
                            {{"type", std::string(ToString(type))}});
}

}  // namespace

Renderer::Renderer(ffmpeg::MediaAnalyser& analyser, ffmpeg::Encoder& encoder, FileStore& files,
                   Metrics& metrics)
    : analyser_(analyser),
      encoder_(encoder),
      files_(files),
      screenshot_bytes_(Bytes(metrics, Type::kScreenshot)),
      clip_bytes_(Bytes(metrics, Type::kClip)) {}

Result<Rendered> Renderer::Render(const Capture& capture, const ProgressCallback& on_progress,
                                  const process::CancelFlag& cancel) {
  TRY_ASSIGN(const auto film, analyser_.Get(capture.wish.media_path));
  const std::string stem = capture.id + "." + std::to_string(capture.attempt);
  const bool screenshot = capture.wish.type == Type::kScreenshot;
  Rendered rendered;
  rendered.file_path = files_.TemporaryPath(stem + (screenshot ? ".jpg" : ".mp4"));
  if (screenshot) rendered.thumbnail_path = files_.TemporaryPath(stem + ".thumbnail.jpg");

  Result<Outcome> outcome = screenshot ? Screenshot(capture, *film, rendered, cancel)
                                       : Clip(capture, *film, rendered, on_progress, cancel);
  if (!outcome) {
    files_.Discard(rendered.file_path);
    if (screenshot) files_.Discard(rendered.thumbnail_path);
    return Fail(outcome.error());
  }
  rendered.outcome = *outcome;
  rendered.codec = film->MainVideo().codec;
  std::error_code error;
  const auto bytes = std::filesystem::file_size(rendered.file_path, error);
  if (!error) (screenshot ? screenshot_bytes_ : clip_bytes_).Add(static_cast<double>(bytes));
  return rendered;
}

Result<std::string> Renderer::Poster(const Capture& capture, const process::CancelFlag& cancel) {
  const std::string clip_path = files_.ReadablePath(capture.file_name);
  TRY_ASSIGN(const auto clip, analyser_.Get(clip_path));
  // Two workers may make it at once, in rare cases: see coord/job_queue.h.
  std::string poster_path = files_.TemporaryPath(capture.id + "." + RandomHex() + ".poster.jpg");
  if (Status made = encoder_.Poster(*clip, clip_path, poster_path, &cancel); !made) {
    files_.Discard(poster_path);
    return Fail(made.error());
  }
  return poster_path;
}

Result<Outcome> Renderer::Screenshot(const Capture& capture, const ffmpeg::MediaInfo& film,
                                     const Rendered& paths, const process::CancelFlag& cancel) {
  const Wish& wish = capture.wish;
  ffmpeg::ScreenshotRequest request;
  request.film_path = wish.media_path;
  request.at_seconds = ToFilm(wish, wish.start_seconds, film);
  TRY_ASSIGN(const ffmpeg::ScreenshotResult result,
             encoder_.Screenshot(film, request, {paths.file_path, paths.thumbnail_path}, &cancel));
  Outcome outcome;
  // The moment, not the beginning of its frame: that is what was on the screen at that time.
  outcome.timestamp_seconds = wish.part_start_seconds + request.at_seconds;
  outcome.width = result.width;
  outcome.height = result.height;
  return outcome;
}

Result<Outcome> Renderer::Clip(const Capture& capture, const ffmpeg::MediaInfo& film,
                               const Rendered& paths, const ProgressCallback& on_progress,
                               const process::CancelFlag& cancel) {
  const Wish& wish = capture.wish;
  ffmpeg::ClipRequest request;
  request.film_path = wish.media_path;
  request.start_seconds = ToFilm(wish, wish.start_seconds, film);
  request.end_seconds = ToFilm(wish, wish.end_seconds.value_or(wish.start_seconds), film);
  request.audio_stream_index = wish.audio_stream_index;
  if (request.end_seconds <= request.start_seconds) {
    return Fail(Code::kMediaError, "the film is shorter than the media server says: it ends at " +
                                       std::to_string(film.duration_seconds) + " s");
  }
  TRY_ASSIGN(const ffmpeg::ClipResult result,
             wish.precise
                 ? encoder_.PreciseClip(film, request, paths.file_path, on_progress, &cancel)
                 : encoder_.FastClip(film, request, paths.file_path, on_progress, &cancel));
  Outcome outcome;
  outcome.timestamp_seconds = wish.part_start_seconds + result.start_seconds;
  outcome.duration_seconds = result.duration_seconds;
  outcome.width = result.width;
  outcome.height = result.height;
  return outcome;
}

}  // namespace matinee::capture
