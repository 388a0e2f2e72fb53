// `matinee up`: every role in one process.

#include <cstring>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "api_part.h"
#include "demo/demo_server.h"
#include "edge/edge.h"
#include "edge/edge_metrics.h"
#include "edge_options.h"
#include "foundation.h"
#include "media_servers.h"
#include "process/process_runner.h"
#include "roles.h"
#include "signals.h"
#include "status_server.h"
#include "telemetry/log.h"
#include "worker_part.h"

namespace matinee {
namespace {

using std::chrono::seconds;

constexpr const char* kLogger = "up";
// What a stop may take for requests. Kubernetes and systemd give 30 and 90 s.
constexpr seconds kDrainRequests{5};

// Everything that `up` runs. Members are destroyed in reverse order: what uses comes after what is
// used.
class Up {
 public:
  Up(config::Settings settings, bool demo) : foundation_(std::move(settings)), demo_(demo) {}

  Status Start();
  // Goes on serving while it says that it is not ready, so that others send their requests
  // elsewhere.
  void Drain();
  void Stop();

 private:
  Result<std::vector<media::MediaServerSettings>> MediaServers();
  void WireEdge();
  Status StartStatus();
  std::string NotReady() const;
  const config::Settings& settings() const { return foundation_.settings(); }

  Foundation foundation_;
  const bool demo_;
  const SystemClock clock_;
  process::SystemRunner runner_;
  std::unique_ptr<demo::DemoServer> demo_server_;
  std::unique_ptr<WorkerPart> worker_;
  std::unique_ptr<ApiPart> api_;
  std::unique_ptr<edge::Edge> edge_;
  std::unique_ptr<StatusServer> status_;
};

Status Up::Start() {
  if (!settings().redis_url.empty()) {
    return Fail(Code::kInvalidArgument,
                "REDIS_URL is set, but `matinee up` is one process that needs no Redis: unset it, "
                "or run `matinee api`, `matinee worker` and `matinee edge` instead");
  }
  if (!settings().database_url.empty()) {
    return Fail(Code::kInvalidArgument,
                "DATABASE_URL names a PostgreSQL server, but `matinee up` runs on SQLite: unset it "
                "(or set DB_PATH), or run `matinee api`, `matinee worker` and `matinee edge` "
                "instead");
  }
  TRY(CheckPorts(settings()));
  TRY(foundation_.OpenAlone());
  TRY(FindFfmpeg(settings(), runner_));
  TRY_ASSIGN(const auto servers, MediaServers());
  worker_ = std::make_unique<WorkerPart>(foundation_, runner_);
  api_ = std::make_unique<ApiPart>(foundation_, servers, demo_);
  TRY(api_->Serve({}));
  WireEdge();
  TRY(StartStatus());
  TRY(edge_->Start());  // Last: whoever reaches the page finds everything behind it.
  // Only now, when nothing can fail any more, is work begun.
  worker_->Start();
  api_->Start();
  return {};
}

Result<std::vector<media::MediaServerSettings>> Up::MediaServers() {
  auto servers = MediaServerSettingsOf(settings());
  if (!demo_) return servers;
  demo::DemoOptions options;
  options.folder = settings().data_dir + "/demo";
  options.ffmpeg = settings().ffmpeg_path;
  options.say = [](std::string_view line) { std::cerr << line << "\n"; };
  demo_server_ = std::make_unique<demo::DemoServer>(std::move(options), runner_, clock_);
  TRY_ASSIGN(const demo::DemoAddress address, demo_server_->Start());
  media::MediaServerSettings pretended;
  pretended.name = "demo";
  pretended.source = media::MediaServerType::kJellyfin;
  pretended.url = address.url;
  pretended.token = address.api_key;
  servers.push_back(std::move(pretended));
  return servers;
}

void Up::WireEdge() {
  edge::EdgeOptions options = EdgeOptionsOf(settings(), settings().data_dir + "/run");
  options.upstream_port = api_->port();
  edge_ = std::make_unique<edge::Edge>(std::move(options), runner_);
  edge::ExportNginx(*edge_, foundation_.metrics());
}

Status Up::StartStatus() {
  status_ = std::make_unique<StatusServer>(settings(), foundation_.metrics(),
                                           [this] { return NotReady(); });
  return status_->Start();
}

std::string Up::NotReady() const {
  return edge_->healthy() ? "" : "nginx is not running";
}

void Up::Drain() {
  status_->StartDraining();
  std::this_thread::sleep_for(settings().drain_delay);
}

// Stop taking requests, let what runs finish, hand back the rest.
void Up::Stop() {
  if (status_) status_->StartDraining();
  if (edge_) edge_->Stop(kDrainRequests);
  if (api_) api_->Drain(kDrainRequests);
  if (api_) api_->StopLeading();
  if (worker_) worker_->Stop(settings().stop_grace);
  if (api_) api_->Stop();
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
