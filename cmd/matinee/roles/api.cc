#include "roles/api.h"

#include <utility>

#include "api/routes.h"
#include "coord/queue_metrics.h"
#include "roles/media_roots.h"
#include "roles/roles.h"
#include "runtime/hosts.h"
#include "runtime/storage_metrics.h"
#include "runtime/version.h"
#include "telemetry/executor_metrics.h"

namespace matinee {
namespace {

constexpr std::chrono::seconds kApiDrainLimit{15};  // A screenshot is waited for 10 s.
// The threads that talk to the database and plan; all quick work.
constexpr size_t kWorkThreads = 4;
constexpr size_t kWorkQueueMax = 512;

}  // namespace

ApiComponent::ApiComponent(Context& context, LeaderDuties& leader, ApiComponentOptions options)
    : context_(context),
      options_(std::move(options)),
      sessions_(leader.sessions()),
      work_("work", kWorkThreads, kWorkQueueMax),
      captures_(
          capture::ServiceDeps{
              context.store(), context.files(), *context.coord().jobs, *context.coord().events,
              work_, timers_, context.clock(), context.reserve(),
              context.capture_folder().is_ours ? "" : context.capture_folder().notice},
          [this](const std::string& id, std::chrono::milliseconds limit,
                 media::SessionWatcher::Done done) {
            sessions_.FreshSession(id, limit, std::move(done));
          },
          context.FreeBytesMin()) {
  ExportExecutor(context.metrics(), "work", work_.stats());
  ExportFreeBytes(context.metrics(), context.files(), context.FreeBytesMin());
  coord::ExportQueues(context.metrics(), *context.coord().jobs);
}

Status ApiComponent::Start() {
  const Settings& settings = context_.settings();
  const api::Services services{captures_,
                               context_.database(),
                               sessions_,
                               context_.kinds().all,
                               *context_.coord().jobs,
                               context_.clock(),
                               [this] { return context_.files().FreeBytes(); }};
  api::ApiOptions api_options;
  api_options.base_path = settings.address.base_path;
  api_options.version = kVersion;
  api_options.demo = options_.demo;
  api_options.free_bytes_min = context_.FreeBytesMin();
  api_options.mediasnap_compat = settings.api.mediasnap_compat;
  api_options.capture_folder_notice = context_.capture_folder().notice;

  http::ServerOptions options;
  options.address = options_.address.host;
  options.port = options_.address.port;
  options.hosts = HostPolicyOf(settings.address);
  options.proxied = true;
  server_ = std::make_unique<http::Server>(std::move(options), api::Routes(services, api_options),
                                           &context_.metrics());
  return server_->Start();
}

void ApiComponent::Drain() {
  server_->Drain(options_.drain_limit);
}

void ApiComponent::Stop() {
  if (server_) server_->Stop();
  work_.Stop();
}

std::string ApiComponent::Url() const {
  return "http://" + ToString(options_.address) + context_.settings().address.base_path + "/api";
}

Result<Components> MakeApi(Context& context, const RoleOptions& /*options*/) {
  auto leader = std::make_unique<LeaderDuties>(context, context.settings().media.servers);
  auto api =
      std::make_unique<ApiComponent>(context, *leader,
                                     ApiComponentOptions{.address = context.settings().api.address,
                                                         .drain_limit = kApiDrainLimit});
  Components components;
  components.push_back(std::make_unique<MediaRootsComponent>(context));
  components.push_back(std::move(leader));
  components.push_back(std::move(api));
  return components;
}

}  // namespace matinee
