// The worker with what it works with: FFmpeg, the analysis of films, the renderer.
//
// Thread safety: all methods from one thread.
#pragma once

#include <chrono>
#include <set>
#include <string>

#include "base/executor.h"
#include "capture/attempt_registry.h"
#include "capture/render.h"
#include "capture/worker.h"
#include "ffmpeg/analyser.h"
#include "ffmpeg/encoder.h"
#include "ffmpeg/instrumented_runner.h"
#include "foundation.h"
#include "process/process_runner.h"

namespace matinee {

class WorkerPart {
 public:
  // `runner` outlives the part.
  WorkerPart(Foundation& foundation, process::Runner& runner);
  ~WorkerPart();

  void Start();
  // See capture::Worker::Stop.
  void Stop(std::chrono::milliseconds grace);

 private:
  void AnalyseWhatPlays();

  Foundation& foundation_;
  const std::unique_ptr<coord::StateStore> session_state_;
  Executor analyse_;               // One thread.
  std::set<std::string> playing_;  // Films that were playing; only that thread uses it.
  capture::AttemptRegistry running_;
  ffmpeg::InstrumentedRunner runner_;
  ffmpeg::MediaAnalyser analyser_;
  ffmpeg::Encoder encoder_;
  capture::Renderer renderer_;
  capture::Worker worker_;
  coord::EventBus::ListenerId listener_;
};

// A missing FFmpeg is told at the start, not at the first tap.
Status FindFfmpeg(const config::Settings& settings, process::Runner& runner);

}  // namespace matinee
