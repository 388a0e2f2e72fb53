// Renders the files of a capture: opens and probes the media file, runs FFmpeg, and returns the
// result in the item's time line.
//
// The media file is opened at each attempt, if it is inside the allowed folders
// (ffmpeg/media_file.h): what was true when the capture was asked for is not relied on.
//
// Thread safety: Render may be called from several threads at once.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "base/result.h"
#include "capture/capture.h"
#include "capture/capture_handler.h"
#include "capture/memory_gate.h"
#include "ffmpeg/analyser.h"
#include "ffmpeg/encoder.h"
#include "storage/file_store.h"
#include "telemetry/metrics.h"

namespace matinee::capture {

struct RendererOptions {
  std::vector<std::string> media_roots = {};  // Media files are only here; empty: anywhere.
  // Memory of all FFmpegs together, and of one with nothing beside it.
  int64_t shared_memory_bytes = std::numeric_limits<int64_t>::max();
  int64_t total_memory_bytes = std::numeric_limits<int64_t>::max();
};

class Renderer {
 public:
  // All arguments but the options must outlive the renderer.
  Renderer(ffmpeg::MediaAnalyser& analyser, ffmpeg::Encoder& encoder, storage::FileStore& files,
           Metrics& metrics, RendererOptions options);

  // Renders the capture. Returns the errors of OpenMediaFile, MediaAnalyser, MemoryGate and
  // Encoder. Leaves no temporary file on failure.
  Result<RenderedFiles> Render(const Capture& capture, const ProgressCallback& on_progress,
                               const process::CancelFlag& cancel);

  // Renders the poster of a complete clip; returns its temporary path.
  Result<std::string> Poster(const Capture& capture, const process::CancelFlag& cancel);

 private:
  // An open media file and its analysis.
  struct Source;

  Result<CaptureResult> Screenshot(const Capture& capture, const Source& source,
                                   const RenderedFiles& paths, const process::CancelFlag& cancel);
  Result<CaptureResult> Clip(const Capture& capture, const Source& source,
                             const RenderedFiles& paths, const ProgressCallback& on_progress,
                             const process::CancelFlag& cancel);

  ffmpeg::MediaAnalyser& analyser_;
  ffmpeg::Encoder& encoder_;
  storage::FileStore& files_;
  const std::vector<std::string> media_roots_;
  MemoryGate memory_;
  Counter& screenshot_bytes_;
  Counter& clip_bytes_;
};

}  // namespace matinee::capture
