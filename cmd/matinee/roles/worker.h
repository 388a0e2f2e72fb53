// The worker: receives jobs, analyses media files, renders captures with FFmpeg.
//
// Thread safety: as Component says.
#pragma once

#include <set>
#include <string>

#include "base/executor.h"
#include "capture/attempt_registry.h"
#include "capture/render.h"
#include "capture/worker.h"
#include "ffmpeg/analyser.h"
#include "ffmpeg/encoder.h"
#include "ffmpeg/instrumented_runner.h"
#include "runtime/component.h"
#include "runtime/context.h"

namespace matinee {

class WorkerComponent final : public Component {
 public:
  explicit WorkerComponent(Context& context);
  ~WorkerComponent() override;
  WorkerComponent(const WorkerComponent&) = delete;
  WorkerComponent& operator=(const WorkerComponent&) = delete;

  void Begin() override;
  // Finishes what ends within STOP_GRACE and requeues the rest; see capture::Worker::Stop.
  void Drain() override;
  void Stop() override;

 private:
  void AnalysePlaying();

  Context& context_;
  const std::unique_ptr<coord::StateStore> session_state_;
  Executor analyse_;               // One thread.
  std::set<std::string> playing_;  // Media files that were playing; only that thread uses it.
  capture::AttemptRegistry running_;
  ffmpeg::InstrumentedRunner runner_;
  ffmpeg::MediaAnalyser analyser_;
  ffmpeg::Encoder encoder_;
  capture::Renderer renderer_;
  capture::Worker worker_;
  coord::EventBus::ListenerId listener_;
};

}  // namespace matinee
