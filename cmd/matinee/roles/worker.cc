#include "roles/worker.h"

#include <random>
#include <set>
#include <string>
#include <utility>

#include "media/session_codec.h"
#include "media/session_replicator.h"
#include "roles/roles.h"
#include "telemetry/executor_metrics.h"
#include "telemetry/log.h"

namespace matinee {
namespace {

// FFprobe on new media files, in the background.
constexpr size_t kAnalyseThreads = 1;
constexpr size_t kAnalyseQueueMax = 32;

int CpusOf(const config::Settings& settings) {
  return settings.worker_cpus > 0 ? settings.worker_cpus : process::CpuCount();
}

ffmpeg::EncoderOptions EncoderOptionsOf(const config::Settings& settings) {
  ffmpeg::EncoderOptions options;
  options.ffmpeg_path = settings.ffmpeg_path;
  options.ffprobe_path = settings.ffprobe_path;
  options.threads = CpusOf(settings);
  options.screenshot_quality = settings.screenshot_quality;
  options.log = [](std::string_view says) {
    Log(Severity::kWarn, "ffmpeg", "ffmpeg failed", {{"says", says}});
  };
  return options;
}

capture::WorkerOptions WorkerOptionsOf(const config::Settings& settings) {
  capture::WorkerOptions options;
  // One slot more than processors: the first is kept free for screenshots.
  options.slots = settings.worker_slots > 0 ? settings.worker_slots : CpusOf(settings) + 1;
  options.random = [] {
    thread_local std::minstd_rand engine(std::random_device{}());
    return std::uniform_real_distribution<double>(0, 1)(engine);
  };
  return options;
}

}  // namespace

WorkerComponent::WorkerComponent(Context& context)
    : context_(context),
      session_state_(context.coord().state(media::kSessionsState, coord::kLeaderLease)),
      analyse_("analyse", kAnalyseThreads, kAnalyseQueueMax),
      runner_(context.runner(), context.metrics(),
              {context.settings().ffmpeg_path, context.settings().ffprobe_path}),
      analyser_(runner_, context.settings().ffprobe_path),
      encoder_(runner_, EncoderOptionsOf(context.settings())),
      renderer_(analyser_, encoder_, context.files(), context.metrics()),
      worker_(
          capture::WorkerDeps{context.store(), context.files(), *context.coord().jobs,
                              *context.coord().events, running_, context.metrics()},
          [this](const capture::Capture& capture, const capture::ProgressCallback& on_progress,
                 const process::CancelFlag& cancel) {
            return renderer_.Render(capture, on_progress, cancel);
          },
          [this](const capture::Capture& capture, const process::CancelFlag& cancel) {
            return renderer_.Poster(capture, cancel);
          },
          WorkerOptionsOf(context.settings())),
      listener_(
          context.coord().events->Subscribe(media::kSessionsTopic, [this](const coord::Event&) {
            static_cast<void>(analyse_.TrySubmit([this] { AnalysePlaying(); }));
          })) {
  ExportExecutor(context.metrics(), "analyse", analyse_.stats());
}

WorkerComponent::~WorkerComponent() {
  context_.coord().events->Unsubscribe(listener_);
  analyse_.Stop();
}

// Ahead of a capture: an analysis takes longer than a screenshot.
void WorkerComponent::AnalysePlaying() {
  const auto text = session_state_->Get();
  if (!text || !*text) return;
  const auto servers = media::DecodeSessions(**text);
  if (!servers) return;
  std::set<std::string> playing;
  for (const media::ServerSnapshot& server : *servers) {
    for (const media::PlaybackSession& session : server.sessions) {
      if (session.capturable) playing.insert(session.media_path);
    }
  }
  // Once each: a file that cannot be analysed is not retried at every poll.
  for (const std::string& path : playing) {
    if (!playing_.contains(path)) static_cast<void>(analyser_.Get(path));
  }
  playing_ = std::move(playing);
}

void WorkerComponent::Begin() {
  worker_.Start();
}

void WorkerComponent::Drain() {
  worker_.Stop(context_.settings().stop_grace);
}

void WorkerComponent::Stop() {
  worker_.Stop(std::chrono::milliseconds(0));
}

Result<Components> MakeWorker(Context& context, const RoleOptions& /*options*/) {
  Components components;
  components.push_back(std::make_unique<WorkerComponent>(context));
  return components;
}

}  // namespace matinee
