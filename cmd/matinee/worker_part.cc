#include "worker_part.h"

#include <random>
#include <set>
#include <string>
#include <utility>

#include "media/session_codec.h"
#include "media/session_replicator.h"
#include "telemetry/executor_metrics.h"
#include "telemetry/log.h"

namespace matinee {
namespace {

// FFprobe on new films, in the background.
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

WorkerPart::WorkerPart(Foundation& foundation, process::Runner& runner)
    : foundation_(foundation),
      session_state_(foundation.coord().state(media::kSessionsState, coord::kLeaderLease)),
      analyse_("analyse", kAnalyseThreads, kAnalyseQueueMax),
      runner_(runner, foundation.metrics(),
              {foundation.settings().ffmpeg_path, foundation.settings().ffprobe_path}),
      analyser_(runner_, foundation.settings().ffprobe_path),
      encoder_(runner_, EncoderOptionsOf(foundation.settings())),
      renderer_(analyser_, encoder_, foundation.files(), foundation.metrics()),
      worker_(
          capture::WorkerDeps{foundation.store(), foundation.files(), *foundation.coord().jobs,
                              *foundation.coord().events, running_, foundation.metrics()},
          [this](const capture::Capture& capture, const capture::ProgressCallback& on_progress,
                 const process::CancelFlag& cancel) {
            return renderer_.Render(capture, on_progress, cancel);
          },
          [this](const capture::Capture& capture, const process::CancelFlag& cancel) {
            return renderer_.Poster(capture, cancel);
          },
          WorkerOptionsOf(foundation.settings())),
      listener_(
          foundation.coord().events->Subscribe(media::kSessionsTopic, [this](const coord::Event&) {
            static_cast<void>(analyse_.TrySubmit([this] { AnalyseWhatPlays(); }));
          })) {
  ExportExecutor(foundation.metrics(), "analyse", analyse_.stats());
}

WorkerPart::~WorkerPart() {
  foundation_.coord().events->Unsubscribe(listener_);
  analyse_.Stop();
}

// Before anybody taps: an analysis takes longer than a screenshot.
void WorkerPart::AnalyseWhatPlays() {
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
  // Once each: one that cannot be analysed is not tried again at every poll.
  for (const std::string& path : playing) {
    if (!playing_.contains(path)) static_cast<void>(analyser_.Get(path));
  }
  playing_ = std::move(playing);
}

void WorkerPart::Start() {
  worker_.Start();
}

void WorkerPart::Stop(std::chrono::milliseconds grace) {
  worker_.Stop(grace);
}

Status FindFfmpeg(const config::Settings& settings, process::Runner& runner) {
  for (const std::string& program : {settings.ffmpeg_path, settings.ffprobe_path}) {
    process::Command command;
    command.argv = {program, "-version"};
    const auto exit = runner.Run(command, {});
    if (!exit) {
      return Fail(
          exit.error().WithContext("FFmpeg is needed (install the package ffmpeg, or set "
                                   "FFMPEG_PATH)"));
    }
  }
  return {};
}

}  // namespace matinee
