#include "capture/render.h"

#include <algorithm>
#include <filesystem>
#include <string>
#include <system_error>

#include "base/ids.h"
#include "capture/queues.h"

namespace matinee::capture {
namespace {

// Converts a time of the item to a time of the media file, clamped if the duration is known.
double ToMediaTime(const CaptureSpec& spec, double item_seconds, const ffmpeg::MediaInfo& media) {
  const double seconds = std::max(0.0, item_seconds - spec.part_start_seconds);
  return media.duration_seconds > 0 ? std::min(seconds, media.duration_seconds) : seconds;
}

Counter& Bytes(Metrics& metrics, Type type) {
  return metrics.GetCounter("matinee_capture_bytes_total", "Bytes of complete captures.",
                            {{"type", std::string(ToString(type))}});
}

}  // namespace

Renderer::Renderer(ffmpeg::MediaAnalyser& analyser, ffmpeg::Encoder& encoder,
                   storage::FileStore& files, Metrics& metrics)
    : analyser_(analyser),
      encoder_(encoder),
      files_(files),
      screenshot_bytes_(Bytes(metrics, Type::kScreenshot)),
      clip_bytes_(Bytes(metrics, Type::kClip)) {}

Result<RenderedFiles> Renderer::Render(const Capture& capture, const ProgressCallback& on_progress,
                                       const process::CancelFlag& cancel) {
  TRY_ASSIGN(const auto media, analyser_.Get(capture.spec.media_path));
  const std::string stem = capture.id + "." + std::to_string(capture.attempt);
  const bool screenshot = capture.spec.type == Type::kScreenshot;
  RenderedFiles rendered;
  TRY_ASSIGN(rendered.file_path,
             files_.TemporaryPath(kCaptureKind, stem + (screenshot ? ".jpg" : ".mp4")));
  if (screenshot) {
    TRY_ASSIGN(rendered.thumbnail_path,
               files_.TemporaryPath(kCaptureKind, stem + ".thumbnail.jpg"));
  }

  Result<CaptureResult> result = screenshot ? Screenshot(capture, *media, rendered, cancel)
                                            : Clip(capture, *media, rendered, on_progress, cancel);
  if (!result) {
    files_.Discard(rendered.file_path);
    if (screenshot) files_.Discard(rendered.thumbnail_path);
    return Fail(result.error());
  }
  rendered.result = *result;
  rendered.codec = media->MainVideo().codec;
  std::error_code error;
  const auto bytes = std::filesystem::file_size(rendered.file_path, error);
  if (!error) (screenshot ? screenshot_bytes_ : clip_bytes_).Add(static_cast<double>(bytes));
  return rendered;
}

Result<std::string> Renderer::Poster(const Capture& capture, const process::CancelFlag& cancel) {
  TRY_ASSIGN(const std::string clip_path, files_.ReadablePath(capture.file_name));
  TRY_ASSIGN(const auto clip, analyser_.Get(clip_path));
  // In rare cases two workers render it at once: see coord/job_queue.h.
  TRY_ASSIGN(std::string poster_path,
             files_.TemporaryPath(kPosterKind, capture.id + "." + RandomHex() + ".jpg"));
  if (Status made = encoder_.Poster(*clip, clip_path, poster_path, &cancel); !made) {
    files_.Discard(poster_path);
    return Fail(made.error());
  }
  return poster_path;
}

Result<CaptureResult> Renderer::Screenshot(const Capture& capture, const ffmpeg::MediaInfo& media,
                                           const RenderedFiles& paths,
                                           const process::CancelFlag& cancel) {
  const CaptureSpec& spec = capture.spec;
  ffmpeg::ScreenshotRequest request;
  request.media_path = spec.media_path;
  request.at_seconds = ToMediaTime(spec, spec.start_seconds, media);
  TRY_ASSIGN(const ffmpeg::ScreenshotResult made,
             encoder_.Screenshot(media, request, {paths.file_path, paths.thumbnail_path}, &cancel));
  CaptureResult result;
  // The requested time, not the start of its frame: that frame was on the screen at this time.
  result.timestamp_seconds = spec.part_start_seconds + request.at_seconds;
  result.width = made.width;
  result.height = made.height;
  return result;
}

Result<CaptureResult> Renderer::Clip(const Capture& capture, const ffmpeg::MediaInfo& media,
                                     const RenderedFiles& paths,
                                     const ProgressCallback& on_progress,
                                     const process::CancelFlag& cancel) {
  const CaptureSpec& spec = capture.spec;
  ffmpeg::ClipRequest request;
  request.media_path = spec.media_path;
  request.start_seconds = ToMediaTime(spec, spec.start_seconds, media);
  request.end_seconds = ToMediaTime(spec, spec.end_seconds.value_or(spec.start_seconds), media);
  request.audio_stream_index = spec.audio_stream_index;
  if (request.end_seconds <= request.start_seconds) {
    return Fail(Code::kMediaError,
                "the media file is shorter than the media server says: it ends at " +
                    std::to_string(media.duration_seconds) + " s");
  }
  TRY_ASSIGN(const ffmpeg::ClipResult made,
             spec.precise
                 ? encoder_.PreciseClip(media, request, paths.file_path, on_progress, &cancel)
                 : encoder_.FastClip(media, request, paths.file_path, on_progress, &cancel));
  CaptureResult result;
  result.timestamp_seconds = spec.part_start_seconds + made.start_seconds;
  result.duration_seconds = made.duration_seconds;
  result.width = made.width;
  result.height = made.height;
  return result;
}

}  // namespace matinee::capture
