// The worker: receives jobs, analyses media files, renders captures with FFmpeg.
//
// Thread safety: as Component says.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/executor.h"
#include "capture/capture_handler.h"
#include "capture/poster_kind.h"
#include "capture/render.h"
#include "ffmpeg/analyser.h"
#include "ffmpeg/encoder.h"
#include "ffmpeg/instrumented_runner.h"
#include "jobs/attempt_registry.h"
#include "jobs/worker.h"
#include "runtime/component.h"
#include "runtime/context.h"

namespace matinee {

struct WorkerComponentOptions {
  std::string demo_folder = {};  // Allowed beside MEDIA_ROOTS, if it is set; "": none.
};

class WorkerComponent final : public Component {
 public:
  WorkerComponent(Context& context, const WorkerComponentOptions& options);
  ~WorkerComponent() override;
  WorkerComponent(const WorkerComponent&) = delete;
  WorkerComponent& operator=(const WorkerComponent&) = delete;

  void Begin() override;
  // Finishes what ends within STOP_GRACE and requeues the rest; see jobs::Worker::Stop.
  void Drain() override;
  void Stop() override;

 private:
  void AnalysePlaying();

  Context& context_;
  const std::vector<std::string> media_roots_;
  const std::unique_ptr<coord::StateStore> session_state_;
  Executor analyse_;               // One thread.
  std::set<std::string> playing_;  // Media files that were playing; only that thread uses it.
  jobs::AttemptRegistry attempts_;
  ffmpeg::InstrumentedRunner runner_;
  ffmpeg::MediaAnalyser analyser_;
  ffmpeg::Encoder encoder_;
  capture::Renderer renderer_;
  capture::CaptureHandler capture_handler_;
  capture::PosterHandler poster_handler_;
  jobs::Worker worker_;
  coord::EventBus::ListenerId listener_;
};

}  // namespace matinee
