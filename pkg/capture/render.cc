#include "capture/render.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include "base/ids.h"
#include "capture/queues.h"

namespace matinee::capture {
namespace {

// A tap of another client comes before it, clips (nice 19) after it.
constexpr int kBulkNice = 10;

// Converts a time of the item to a time of the media file, clamped if the duration is known.
double ToMediaTime(const CaptureSpec& spec, double item_seconds, const ffmpeg::MediaInfo& media) {
  const double seconds = std::max(0.0, item_seconds - spec.part_start_seconds);
  return media.duration_seconds > 0 ? std::min(seconds, media.duration_seconds) : seconds;
}

Counter& Bytes(Metrics& metrics, Type type) {
  return metrics.GetCounter("matinee_capture_bytes_total", "Bytes of complete captures.",
                            {{"type", std::string(ToString(type))}});
}

ffmpeg::Work WorkOf(const CaptureSpec& spec) {
  if (spec.type == Type::kScreenshot) return ffmpeg::Work::kScreenshot;
  return spec.precise ? ffmpeg::Work::kPreciseClip : ffmpeg::Work::kFastClip;
}

}  // namespace

struct Renderer::Source {
  ffmpeg::MediaFilePtr file;
  std::shared_ptr<const ffmpeg::MediaInfo> media;
};

Renderer::Renderer(ffmpeg::MediaAnalyser& analyser, ffmpeg::Encoder& encoder,
                   storage::FileStore& files, Metrics& metrics, RendererOptions options)
    : analyser_(analyser),
      encoder_(encoder),
      files_(files),
      media_roots_(std::move(options.media_roots)),
      memory_(options.shared_memory_bytes, options.total_memory_bytes),
      screenshot_bytes_(Bytes(metrics, Type::kScreenshot)),
      clip_bytes_(Bytes(metrics, Type::kClip)) {}

Result<RenderedFiles> Renderer::Render(const Capture& capture, const ProgressCallback& on_progress,
                                       const process::CancelFlag& cancel) {
  Source source;
  TRY_ASSIGN(source.file, ffmpeg::OpenMediaFile(capture.spec.media_path, media_roots_));
  TRY_ASSIGN(source.media, analyser_.Get(*source.file));
  const std::string stem = capture.id + "." + std::to_string(capture.attempt);
  const bool screenshot = capture.spec.type == Type::kScreenshot;
  TRY_ASSIGN(
      const MemoryGate::Pass pass,
      memory_.Enter(encoder_.MemoryBytes(*source.media, WorkOf(capture.spec)), screenshot, cancel));
  RenderedFiles rendered;
  TRY_ASSIGN(rendered.file_path,
             files_.TemporaryPath(kCaptureKind, stem + (screenshot ? ".jpg" : ".mp4")));
  if (screenshot) {
    TRY_ASSIGN(rendered.thumbnail_path,
               files_.TemporaryPath(kCaptureKind, stem + ".thumbnail.jpg"));
  }

  Result<CaptureResult> result = screenshot ? Screenshot(capture, source, rendered, cancel)
                                            : Clip(capture, source, rendered, on_progress, cancel);
  if (!result) {
    files_.Discard(rendered.file_path);
    if (screenshot) files_.Discard(rendered.thumbnail_path);
    return Fail(result.error());
  }
  rendered.result = *result;
  rendered.codec = source.media->MainVideo().codec;
  std::error_code error;
  const auto bytes = std::filesystem::file_size(rendered.file_path, error);
  if (!error) (screenshot ? screenshot_bytes_ : clip_bytes_).Add(static_cast<double>(bytes));
  return rendered;
}

Result<std::string> Renderer::Poster(const Capture& capture, const process::CancelFlag& cancel) {
  TRY_ASSIGN(const std::string clip_path, files_.ReadablePath(capture.file_name));
  // A link that has replaced the clip leads to no other file.
  const std::string folder = std::filesystem::path(clip_path).parent_path().string();
  TRY_ASSIGN(const auto file, ffmpeg::OpenMediaFile(clip_path, {folder}));
  TRY_ASSIGN(const auto clip, analyser_.Get(*file));
  TRY_ASSIGN(const MemoryGate::Pass pass,
             memory_.Enter(encoder_.MemoryBytes(*clip, ffmpeg::Work::kPoster), true, cancel));
  // In rare cases two workers render it at once: see coord/job_queue.h.
  TRY_ASSIGN(std::string poster_path,
             files_.TemporaryPath(kPosterKind, capture.id + "." + RandomHex() + ".jpg"));
  if (Status made = encoder_.Poster(*clip, *file, poster_path, &cancel); !made) {
    files_.Discard(poster_path);
    return Fail(made.error());
  }
  return poster_path;
}

Result<CaptureResult> Renderer::Screenshot(const Capture& capture, const Source& source,
                                           const RenderedFiles& paths,
                                           const process::CancelFlag& cancel) {
  const CaptureSpec& spec = capture.spec;
  const ffmpeg::MediaInfo& media = *source.media;
  ffmpeg::ScreenshotRequest request;
  request.file = source.file;
  request.at_seconds = ToMediaTime(spec, spec.start_seconds, media);
  if (capture.bulk) request.nice = kBulkNice;
  TRY_ASSIGN(const ffmpeg::ScreenshotResult made,
             encoder_.Screenshot(media, request, {paths.file_path, paths.thumbnail_path}, &cancel));
  CaptureResult result;
  // The requested time, not the start of its frame: that frame was on the screen at this time.
  result.timestamp_seconds = spec.part_start_seconds + request.at_seconds;
  result.width = made.width;
  result.height = made.height;
  return result;
}

Result<CaptureResult> Renderer::Clip(const Capture& capture, const Source& source,
                                     const RenderedFiles& paths,
                                     const ProgressCallback& on_progress,
                                     const process::CancelFlag& cancel) {
  const CaptureSpec& spec = capture.spec;
  const ffmpeg::MediaInfo& media = *source.media;
  ffmpeg::ClipRequest request;
  request.file = source.file;
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
