#include "capture/capture_handler.h"

#include <chrono>
#include <utility>
#include <vector>

#include "capture/capture_row.h"
#include "telemetry/log.h"

namespace matinee::capture {
namespace {

const char* ModeOf(const CaptureSpec& spec) {
  if (spec.type == Type::kScreenshot) return "exact";
  return spec.precise ? "precise" : "fast";
}

// From a quick screenshot (50 ms) to a ten-minute precise clip.
const std::vector<double>& DurationBuckets() {
  static const std::vector<double> bounds = {0.05, 0.1, 0.15, 0.25, 0.5, 1,   2.5,
                                             5,    10,  30,   60,   120, 300, 600};
  return bounds;
}

// Below 1, a clip takes longer to make than to watch; copies are some hundred times as fast.
const std::vector<double>& RealtimeRatios() {
  static const std::vector<double> bounds = {0.1, 0.25, 0.5, 1, 2, 5, 10, 25, 50, 100, 250, 1000};
  return bounds;
}

}  // namespace

CaptureHandler::CaptureHandler(CaptureKind& kind, PosterKind& posters, storage::FileStore& files,
                               Metrics& metrics, RenderFunction render)
    : kind_(kind),
      posters_(posters),
      files_(files),
      metrics_(metrics),
      render_(std::move(render)) {}

Result<jobs::Completion> CaptureHandler::Run(const jobs::Attempt& attempt) {
  TRY_ASSIGN(const Capture capture, FromRow(attempt.row()));
  const ProgressCallback on_progress = [&attempt](double progress) {
    attempt.SetProgress(progress);
  };
  TRY_ASSIGN(const RenderedFiles rendered, render_(capture, on_progress, attempt.cancel()));
  const Result<CaptureResult> result = Publish(capture, rendered);
  files_.Discard(rendered.file_path);
  if (!rendered.thumbnail_path.empty()) files_.Discard(rendered.thumbnail_path);
  if (!result) return Fail(result.error());
  return jobs::Completion{ValuesOf(*result), [this, &attempt, capture, rendered] {
                            const std::chrono::duration<double> elapsed = attempt.elapsed();
                            OnComplete(capture, rendered, elapsed.count());
                          }};
}

// The thumbnail first, the file second, the row last: a row that says "complete" has its files.
Result<CaptureResult> CaptureHandler::Publish(const Capture& capture,
                                              const RenderedFiles& rendered) {
  CaptureResult result = rendered.result;
  result.file_name = FileName(capture.id, capture.spec.type, capture.attempt);
  result.has_thumbnail = !rendered.thumbnail_path.empty();
  if (result.has_thumbnail) {
    TRY(files_.Publish(rendered.thumbnail_path, ThumbnailName(result.file_name)));
  }
  TRY_ASSIGN(result.file_size_bytes, files_.Publish(rendered.file_path, result.file_name));
  return result;
}

void CaptureHandler::OnComplete(const Capture& capture, const RenderedFiles& rendered,
                                double seconds) {
  const std::string type(ToString(capture.spec.type));
  const std::string mode = ModeOf(capture.spec);
  metrics_
      .GetHistogram("matinee_capture_duration_seconds",
                    "From receiving the job to the committed capture.", DurationBuckets(),
                    {{"type", type}, {"mode", mode}, {"codec", rendered.codec}})
      .Observe(seconds);
  if (rendered.result.duration_seconds && seconds > 0) {
    metrics_
        .GetHistogram("matinee_clip_realtime_ratio", "Seconds of clip rendered per second.",
                      RealtimeRatios(), {{"mode", mode}, {"codec", rendered.codec}})
        .Observe(*rendered.result.duration_seconds / seconds);
  }
  Log(Severity::kInfo, "worker", "capture complete",
      {{"capture_id", capture.id}, {"type", type}, {"mode", mode}, {"seconds", seconds}});
  if (capture.spec.type == Type::kClip) posters_.Enqueue(capture);
}

}  // namespace matinee::capture
