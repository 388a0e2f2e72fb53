#include "roles/worker.h"

#include <algorithm>
#include <limits>
#include <random>
#include <set>
#include <string>
#include <utility>

#include "media/session_codec.h"
#include "media/session_replicator.h"
#include "roles/media_roots.h"
#include "roles/roles.h"
#include "telemetry/executor_metrics.h"
#include "telemetry/log.h"

namespace matinee {
namespace {

// FFprobe on new media files, in the background.
constexpr size_t kAnalyseThreads = 1;
constexpr size_t kAnalyseQueueMax = 32;

// What Matinee itself and nginx use, of the memory that all have together.
constexpr int64_t kOwnMemoryDivisor = 8;
constexpr int64_t kOwnMemoryBytesMin = 64 * 1024 * 1024;

capture::RendererOptions RendererOptionsOf(const Settings& settings,
                                           const WorkerComponentOptions& worker) {
  capture::RendererOptions options;
  options.media_roots = settings.media.media_roots;
  // Empty roots allow all.
  if (!options.media_roots.empty() && !worker.demo_folder.empty()) {
    options.media_roots.push_back(worker.demo_folder);
  }
  const int64_t memory = process::MemoryBytes();
  options.total_memory_bytes = memory;
  options.shared_memory_bytes = memory - std::max(memory / kOwnMemoryDivisor, kOwnMemoryBytesMin);
  return options;
}

// A file store that does not say how much is free is not full.
int64_t WritableBytes(const storage::FileStore& files, int64_t min_free_bytes) {
  const auto free_bytes = files.FreeBytes();
  return free_bytes ? *free_bytes - min_free_bytes : std::numeric_limits<int64_t>::max();
}

ffmpeg::EncoderOptions EncoderOptionsOf(Context& context) {
  const ffmpeg::FfmpegSettings& settings = context.settings().ffmpeg;
  ffmpeg::EncoderOptions options;
  options.ffmpeg_path = settings.ffmpeg_path;
  options.ffprobe_path = settings.ffprobe_path;
  options.threads = jobs::FfmpegThreads(context.settings().worker, process::CpuCount());
  options.writable_bytes = [&files = context.files(),
                            min_free_bytes = context.settings().captures.min_free_bytes] {
    return WritableBytes(files, min_free_bytes);
  };
  options.screenshot_quality = settings.screenshot_quality;
  options.log = [](std::string_view says) {
    Log(Severity::kWarn, "ffmpeg", "ffmpeg failed", {{"says", says}});
  };
  return options;
}

jobs::WorkerOptions WorkerOptionsOf(const jobs::WorkerSettings& settings) {
  jobs::WorkerOptions options;
  // One slot more than processors: the first is kept free for screenshots.
  options.slots =
      settings.slots > 0 ? settings.slots : jobs::WorkerCpus(settings, process::CpuCount()) + 1;
  options.random = [] {
    thread_local std::minstd_rand engine(std::random_device{}());
    return std::uniform_real_distribution<double>(0, 1)(engine);
  };
  return options;
}

}  // namespace

WorkerComponent::WorkerComponent(Context& context, const WorkerComponentOptions& options)
    : context_(context),
      media_roots_(RendererOptionsOf(context.settings(), options).media_roots),
      session_state_(context.coord().state(media::kSessionsState, coord::kLeaderLease)),
      analyse_("analyse", kAnalyseThreads, kAnalyseQueueMax),
      runner_(context.runner(), context.metrics(),
              {context.settings().ffmpeg.ffmpeg_path, context.settings().ffmpeg.ffprobe_path}),
      analyser_(runner_, context.settings().ffmpeg.ffprobe_path),
      encoder_(runner_, EncoderOptionsOf(context)),
      renderer_(analyser_, encoder_, context.files(), context.metrics(),
                RendererOptionsOf(context.settings(), options)),
      capture_handler_(
          context.kinds().capture, context.kinds().poster, context.files(), context.metrics(),
          [this](const capture::Capture& capture, const capture::ProgressCallback& on_progress,
                 const process::CancelFlag& cancel) {
            return renderer_.Render(capture, on_progress, cancel);
          }),
      poster_handler_(context.kinds().poster, context.store(), context.files(),
                      *context.coord().events,
                      [this](const capture::Capture& capture, const process::CancelFlag& cancel) {
                        return renderer_.Poster(capture, cancel);
                      }),
      worker_(jobs::WorkerDeps{*context.coord().jobs, *context.coord().events, attempts_,
                               context.metrics()},
              {&capture_handler_, &poster_handler_}, WorkerOptionsOf(context.settings().worker)),
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

// Analyses media files before a capture needs it: an analysis takes longer than a screenshot.
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
    if (playing_.contains(path)) continue;
    const auto file = ffmpeg::OpenMediaFile(path, media_roots_);
    if (file) static_cast<void>(analyser_.Get(**file));
  }
  playing_ = std::move(playing);
}

void WorkerComponent::Begin() {
  worker_.Start();
}

void WorkerComponent::Drain() {
  worker_.Stop(context_.settings().worker.stop_grace);
}

void WorkerComponent::Stop() {
  worker_.Stop(std::chrono::milliseconds(0));
}

Result<Components> MakeWorker(Context& context, const RoleOptions& /*options*/) {
  Components components;
  components.push_back(std::make_unique<MediaRootsComponent>(context));
  components.push_back(std::make_unique<WorkerComponent>(context, WorkerComponentOptions{}));
  return components;
}

}  // namespace matinee
