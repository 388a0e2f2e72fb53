// `matinee up`: every role in one process.

#include <cstring>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "api/routes.h"
#include "base/executor.h"
#include "base/files.h"
#include "base/timer_queue.h"
#include "capture/file_store.h"
#include "capture/render.h"
#include "capture/row.h"
#include "capture/running.h"
#include "capture/service.h"
#include "capture/store.h"
#include "capture/sweeper.h"
#include "capture/worker.h"
#include "coord/local/event_bus.h"
#include "coord/local/queue.h"
#include "demo/demo_server.h"
#include "edge/edge.h"
#include "edge/edge_metrics.h"
#include "edge_options.h"
#include "ffmpeg/analyser.h"
#include "ffmpeg/encoder.h"
#include "folder_lock.h"
#include "http/client.h"
#include "http/server.h"
#include "media/media_server.h"
#include "media/session_watcher.h"
#include "media_servers.h"
#include "process/process_runner.h"
#include "roles.h"
#include "signals.h"
#include "sql/sqlite.h"
#include "status_server.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"
#include "version.h"

namespace matinee {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr const char* kLogger = "up";
// The threads that talk to SQLite and plan; all quick work.
constexpr size_t kWorkThreads = 4;
constexpr size_t kWorkQueueMax = 512;
// FFprobe on new films, in the background.
constexpr size_t kAnalyseThreads = 1;
constexpr size_t kAnalyseQueueMax = 32;
// What a stop may take: requests first, then captures. Kubernetes and systemd give 30 and 90 s.
constexpr seconds kDrainRequests{5};
constexpr seconds kDrainCaptures{5};

// Everything that `up` runs. Members are destroyed in reverse order: what uses comes after what is
// used.
class Up {
 public:
  Up(config::Settings settings, bool demo) : settings_(std::move(settings)), demo_(demo) {}

  Status Start();
  // Goes on serving while it says that it is not ready, so that others send their requests
  // elsewhere.
  void Drain();
  void Stop();

 private:
  Status OpenData();
  Status FindPrograms();
  Status StartDemo();
  void WireMedia();
  void WireCaptures();
  Status Serve();
  void WireEdge();
  Status StartStatus();
  std::string NotReady() const;

  config::Settings settings_;
  const bool demo_;
  const SystemClock clock_;
  Metrics metrics_;
  UniqueFd lock_;
  process::SystemRunner runner_;
  TimerQueue timers_;
  Executor work_{"work", kWorkThreads, kWorkQueueMax};
  Executor analyse_{"analyse", kAnalyseThreads, kAnalyseQueueMax};

  std::unique_ptr<http::Client> client_ = http::MakeCurlClient();
  std::unique_ptr<demo::DemoServer> demo_server_;
  demo::DemoAddress demo_address_;
  std::unique_ptr<media::SessionWatcher> sessions_;

  std::unique_ptr<sql::Database> database_;
  std::unique_ptr<capture::FolderStore> files_;
  std::unique_ptr<capture::Store> store_;
  coord::LocalJobQueue queue_;
  coord::LocalEventBus events_;
  capture::Running running_;
  std::unique_ptr<ffmpeg::MediaAnalyser> analyser_;
  std::unique_ptr<ffmpeg::Encoder> encoder_;
  std::unique_ptr<capture::Renderer> renderer_;
  std::unique_ptr<capture::Service> captures_;
  std::unique_ptr<capture::Worker> worker_;
  std::unique_ptr<capture::Sweeper> sweeper_;

  std::unique_ptr<http::Server> api_;
  std::unique_ptr<edge::Edge> edge_;
  std::unique_ptr<StatusServer> status_;
};

Status Up::Start() {
  for (const std::string& warning : settings_.warnings) {
    Log(Severity::kWarn, kLogger, "settings", {{"warning", warning}});
  }
  TRY(OpenData());
  TRY(FindPrograms());
  if (demo_) TRY(StartDemo());
  WireMedia();
  WireCaptures();
  TRY(sweeper_->Recover());
  TRY(Serve());
  WireEdge();
  TRY(StartStatus());
  TRY(edge_->Start());  // Last: whoever reaches the page finds everything behind it.
  // Only now, when nothing can fail any more, is work begun.
  worker_->Start();
  sweeper_->Start();
  sessions_->Start();
  return {};
}

Status Up::OpenData() {
  // Two would take each other's captures for leftovers of a crash.
  TRY_ASSIGN(lock_, LockFolder(settings_.data_dir));
  files_ = std::make_unique<capture::FolderStore>(settings_.capture_dir);
  TRY(files_->Open());
  TRY_ASSIGN(database_, sql::OpenSqlite(settings_.db_path, clock_, &metrics_));
  TRY(sql::Migrate(*database_, capture::Migrations()));
  store_ = std::make_unique<capture::Store>(*database_, clock_);
  return {};
}

// A missing program is told now, not at the first tap.
Status Up::FindPrograms() {
  for (const std::string& program : {settings_.ffmpeg_path, settings_.ffprobe_path}) {
    process::Command command;
    command.argv = {program, "-version"};
    const auto exit = runner_.Run(command, {});
    if (!exit) {
      return Fail(
          exit.error().With("FFmpeg is needed (install the package ffmpeg, or set "
                            "FFMPEG_PATH)"));
    }
  }
  return {};
}

Status Up::StartDemo() {
  demo::DemoOptions options;
  options.folder = settings_.data_dir + "/demo";
  options.ffmpeg = settings_.ffmpeg_path;
  options.say = [](std::string_view line) { std::cerr << line << "\n"; };
  demo_server_ = std::make_unique<demo::DemoServer>(std::move(options), runner_, clock_);
  TRY_ASSIGN(demo_address_, demo_server_->Start());
  return {};
}

void Up::WireMedia() {
  auto servers = MediaServerSettingsOf(settings_);
  if (demo_) {
    media::MediaServerSettings pretended;
    pretended.name = "demo";
    pretended.source = media::Source::kJellyfin;
    pretended.url = demo_address_.url;
    pretended.token = demo_address_.api_key;
    servers.push_back(std::move(pretended));
  }
  sessions_ =
      std::make_unique<media::SessionWatcher>(media::MakeMediaServers(servers, *client_, clock_),
                                              settings_.poll_interval, clock_, metrics_, timers_);
  sessions_->OnNewSession([this](const media::PlaybackSession& session) {
    analyser_->Prefetch(session.media_path, analyse_);
  });
}

void Up::WireCaptures() {
  analyser_ = std::make_unique<ffmpeg::MediaAnalyser>(runner_, settings_.ffprobe_path);
  ffmpeg::EncoderOptions options;
  options.ffmpeg_path = settings_.ffmpeg_path;
  options.ffprobe_path = settings_.ffprobe_path;
  options.threads = process::CpuCount();
  options.screenshot_quality = settings_.screenshot_quality;
  options.log = [](std::string_view says) {
    Log(Severity::kWarn, "ffmpeg", "ffmpeg failed", {{"says", says}});
  };
  encoder_ = std::make_unique<ffmpeg::Encoder>(runner_, std::move(options));
  renderer_ = std::make_unique<capture::Renderer>(*analyser_, *encoder_, *files_);

  const capture::ServiceParts parts{*store_,  *files_, queue_,  events_,
                                    running_, work_,   timers_, clock_};
  captures_ = std::make_unique<capture::Service>(
      parts,
      [this](const std::string& id, milliseconds limit, media::SessionWatcher::Done done) {
        sessions_->FreshSession(id, limit, std::move(done));
      },
      settings_.min_free_bytes);

  // One slot more than processors: the first is kept free for screenshots.
  const int slots = settings_.worker_slots > 0 ? settings_.worker_slots : process::CpuCount() + 1;
  const capture::WorkerParts worker_parts{*store_, *files_, queue_, events_, running_, metrics_};
  worker_ = std::make_unique<capture::Worker>(
      worker_parts,
      [this](const capture::Capture& capture, const capture::ProgressCallback& on_progress,
             const process::CancelFlag& cancel) {
        return renderer_->Render(capture, on_progress, cancel);
      },
      [this](const capture::Capture& capture, const process::CancelFlag& cancel) {
        return renderer_->Poster(capture, cancel);
      },
      slots);
  sweeper_ = std::make_unique<capture::Sweeper>(*store_, *captures_, queue_, running_);
}

Status Up::Serve() {
  const api::Services services{*captures_, *database_, *sessions_, clock_,
                               [this] { return files_->FreeBytes(); }};
  api::ApiOptions api_options;
  api_options.base_path = settings_.base_path;
  api_options.version = kVersion;
  api_options.demo = demo_;
  api_options.free_bytes_min = settings_.min_free_bytes;

  http::ServerOptions options;
  options.allowed_hosts = settings_.allowed_hosts;
  api_ = std::make_unique<http::Server>(std::move(options), api::Routes(services, api_options),
                                        &metrics_);
  return api_->Start();
}

void Up::WireEdge() {
  edge::EdgeOptions options = EdgeOptionsOf(settings_, settings_.data_dir + "/run");
  options.upstream_port = api_->port();
  edge_ = std::make_unique<edge::Edge>(std::move(options), runner_);
  edge::ExportNginx(*edge_, metrics_);
}

Status Up::StartStatus() {
  status_ = std::make_unique<StatusServer>(settings_.metrics_address, settings_.metrics_port,
                                           metrics_, [this] { return NotReady(); });
  return status_->Start();
}

std::string Up::NotReady() const {
  return edge_->healthy() ? "" : "nginx is not running";
}

void Up::Drain() {
  status_->StartDraining();
  std::this_thread::sleep_for(settings_.drain_delay);
}

// Stop taking requests, let what runs finish, hand back the rest.
void Up::Stop() {
  if (status_) status_->StartDraining();
  if (edge_) edge_->Stop(kDrainRequests);
  if (api_) api_->Drain(kDrainRequests);
  if (sessions_) sessions_->Stop();
  if (sweeper_) sweeper_->Stop();
  if (worker_) worker_->Stop(kDrainCaptures);
  if (api_) api_->Stop();
  analyse_.Stop();
  work_.Stop();
  if (demo_server_) demo_server_->Stop();
  if (status_) status_->Stop();
}

// What a person types into a browser on this machine.
std::string PageUrl(const config::Settings& settings) {
  const bool any = settings.host == "0.0.0.0" || settings.host == "::";
  const bool ipv6 = settings.host.find(':') != std::string::npos;
  const std::string host = any ? "localhost" : ipv6 ? "[" + settings.host + "]" : settings.host;
  return "http://" + host + ":" + std::to_string(settings.port) + settings.base_path + "/";
}

}  // namespace

int RunUp(config::Settings settings, bool demo) {
  Signals signals;
  const std::string url = PageUrl(settings);
  Up up(std::move(settings), demo);
  if (const Status started = up.Start(); !started) {
    up.Stop();
    std::cerr << "matinee: " << started.error().message << "\n";
    return EXIT_FAILURE;
  }
  Log(Severity::kInfo, kLogger, "Matinee is ready", {{"url", url}});
  const int signal = signals.Wait();
  Log(Severity::kInfo, kLogger, "stopping", {{"signal", sigdescr_np(signal)}});
  up.Drain();
  up.Stop();
  Log(Severity::kInfo, kLogger, "stopped");
  return EXIT_SUCCESS;
}

}  // namespace matinee
