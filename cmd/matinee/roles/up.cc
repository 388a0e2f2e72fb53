// `matinee up`: the components of all roles in one process.

#include <chrono>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "demo/demo_server.h"
#include "roles/api.h"
#include "roles/edge.h"
#include "roles/leader_duties.h"
#include "roles/live.h"
#include "roles/media_roots.h"
#include "roles/roles.h"
#include "roles/worker.h"

namespace matinee {
namespace {

// What a stop may take for requests. Kubernetes and systemd give 30 and 90 s.
constexpr std::chrono::seconds kUpDrainLimit{5};

std::string DemoFolderOf(const Settings& settings) {
  return settings.process.data_dir + "/demo";
}

demo::DemoOptions DemoOptionsOf(const Settings& settings) {
  demo::DemoOptions options;
  options.folder = DemoFolderOf(settings);
  options.ffmpeg = settings.ffmpeg.ffmpeg_path;
  options.say = [](std::string_view line) { std::cerr << line << "\n"; };
  return options;
}

class DemoComponent final : public Component {
 public:
  explicit DemoComponent(Context& context)
      : server_(DemoOptionsOf(context.settings()), context.runner(), clock_) {}

  // Starts it at once: the others need its address when they are made.
  Result<media::MediaServerSettings> Play() {
    TRY_ASSIGN(const demo::DemoAddress address, server_.Start());
    media::MediaServerSettings settings;
    settings.name = "demo";
    settings.source = media::MediaServerType::kJellyfin;
    settings.url = address.url;
    settings.token = address.api_key;
    return settings;
  }
  void Stop() override { server_.Stop(); }

 private:
  const SystemClock clock_;
  demo::DemoServer server_;
};

}  // namespace

// The edge starts last: once the page can be reached, everything behind it runs.
Result<Components> MakeUp(Context& context, const RoleOptions& options) {
  const Settings& settings = context.settings();
  std::vector<media::MediaServerSettings> servers = settings.media.servers;
  Components components;
  if (options.demo) {
    auto demo = std::make_unique<DemoComponent>(context);
    TRY_ASSIGN(media::MediaServerSettings server, demo->Play());
    servers.push_back(std::move(server));
    components.push_back(std::move(demo));
  }
  auto leader = std::make_unique<LeaderDuties>(context, servers);
  auto api = std::make_unique<ApiComponent>(
      context, *leader,
      ApiComponentOptions{
          .address = {"127.0.0.1", 0}, .demo = options.demo, .drain_limit = kUpDrainLimit});
  auto live = std::make_unique<LiveComponent>(context, config::HostPort{"127.0.0.1", 0});
  EdgeComponentOptions edge;
  edge.run_dir = settings.process.data_dir + "/run";
  edge.api = [&api = *api] { return config::HostPort{"127.0.0.1", api.port()}; };
  edge.live = [&live = *live] { return config::HostPort{"127.0.0.1", live.port()}; };
  edge.drain_limit = kUpDrainLimit;
  components.push_back(std::make_unique<MediaRootsComponent>(context));
  WorkerComponentOptions worker;
  if (options.demo) worker.demo_folder = DemoFolderOf(settings);
  components.push_back(std::make_unique<WorkerComponent>(context, worker));
  components.push_back(std::move(leader));
  components.push_back(std::move(api));
  components.push_back(std::move(live));
  components.push_back(std::make_unique<EdgeComponent>(context, std::move(edge)));
  return components;
}

}  // namespace matinee
