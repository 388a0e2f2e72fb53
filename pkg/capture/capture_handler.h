// Runs the jobs of the kind `capture`: renders the files of a capture and publishes them. A clip is
// complete before its poster exists; the job of its poster follows.
//
// Thread safety: as jobs::Handler.
#pragma once

#include <functional>
#include <string>

#include "capture/capture.h"
#include "capture/capture_kind.h"
#include "capture/poster_kind.h"
#include "capture/store.h"
#include "jobs/handler.h"
#include "process/process_runner.h"
#include "storage/file_store.h"
#include "telemetry/metrics.h"

namespace matinee::capture {

using jobs::ProgressCallback;

// Files that are rendered but not yet published.
struct RenderedFiles {
  std::string file_path;
  std::string thumbnail_path;  // Empty if there is none (yet).
  CaptureResult result;        // Without the size and the name.
  std::string codec;           // Of the source's video stream, as FFmpeg names it.
};

// Renders the files of one capture under temporary paths. See render.h; a seam for tests of
// failures.
using RenderFunction =
    std::function<Result<RenderedFiles>(const Capture& capture, const ProgressCallback& on_progress,
                                        const process::CancelFlag& cancel)>;

class CaptureHandler final : public jobs::Handler {
 public:
  // All must outlive it.
  CaptureHandler(CaptureKind& kind, PosterKind& posters, storage::FileStore& files,
                 Metrics& metrics, RenderFunction render);

  jobs::JobKind& kind() override { return kind_; }
  Result<jobs::Completion> Run(const jobs::Attempt& attempt) override;

 private:
  Result<CaptureResult> Publish(const Capture& capture, const RenderedFiles& rendered);
  void OnComplete(const Capture& capture, const RenderedFiles& rendered, double seconds);

  CaptureKind& kind_;
  PosterKind& posters_;
  storage::FileStore& files_;
  Metrics& metrics_;
  const RenderFunction render_;
};

}  // namespace matinee::capture
