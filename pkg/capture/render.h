// Renders the files of a capture: probes the media file, runs FFmpeg, and returns the result in the
// item's time line.
//
// Thread safety: Render may be called from several threads at once.
#pragma once

#include <string>

#include "base/result.h"
#include "capture/capture.h"
#include "capture/capture_handler.h"
#include "ffmpeg/analyser.h"
#include "ffmpeg/encoder.h"
#include "storage/file_store.h"
#include "telemetry/metrics.h"

namespace matinee::capture {

class Renderer {
 public:
  // All arguments must outlive the renderer.
  Renderer(ffmpeg::MediaAnalyser& analyser, ffmpeg::Encoder& encoder, storage::FileStore& files,
           Metrics& metrics);

  // Renders the capture. Returns the errors of MediaAnalyser and Encoder. Leaves no temporary file
  // on failure.
  Result<RenderedFiles> Render(const Capture& capture, const ProgressCallback& on_progress,
                               const process::CancelFlag& cancel);

  // Renders the poster of a complete clip; returns its temporary path.
  Result<std::string> Poster(const Capture& capture, const process::CancelFlag& cancel);

 private:
  Result<CaptureResult> Screenshot(const Capture& capture, const ffmpeg::MediaInfo& media,
                                   const RenderedFiles& paths, const process::CancelFlag& cancel);
  Result<CaptureResult> Clip(const Capture& capture, const ffmpeg::MediaInfo& media,
                             const RenderedFiles& paths, const ProgressCallback& on_progress,
                             const process::CancelFlag& cancel);

  ffmpeg::MediaAnalyser& analyser_;
  ffmpeg::Encoder& encoder_;
  storage::FileStore& files_;
  Counter& screenshot_bytes_;
  Counter& clip_bytes_;
};

}  // namespace matinee::capture
