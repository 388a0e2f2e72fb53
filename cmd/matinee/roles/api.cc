#include "roles/api.h"

#include <utility>

#include "api/routes.h"
#include "roles/roles.h"
#include "runtime/media_servers.h"
#include "runtime/storage_metrics.h"
#include "telemetry/executor_metrics.h"
#include "version.h"

namespace matinee {
namespace {

constexpr std::chrono::seconds kDrainRequests{15};  // A screenshot is waited for 10 s.
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
          capture::ServiceDeps{context.store(), context.files(), *context.coord().jobs,
                               *context.coord().events, work_, timers_, context.clock()},
          [this](const std::string& id, std::chrono::milliseconds limit,
                 media::SessionWatcher::Done done) {
            sessions_.FreshSession(id, limit, std::move(done));
          },
          context.settings().min_free_bytes) {
  ExportExecutor(context.metrics(), "work", work_.stats());
  ExportFreeBytes(context.metrics(), context.files(), context.settings().min_free_bytes);
  context.metrics().OnScrape([this] { ExportQueue(); });
}

Status ApiComponent::Start() {
  const config::Settings& settings = context_.settings();
  const api::Services services{captures_, context_.database(), sessions_, context_.clock(),
                               [this] { return context_.files().FreeBytes(); }};
  api::ApiOptions api_options;
  api_options.base_path = settings.base_path;
  api_options.version = kVersion;
  api_options.demo = options_.demo;
  api_options.free_bytes_min = settings.min_free_bytes;

  http::ServerOptions options;
  options.address = options_.address.host;
  options.port = options_.address.port;
  options.allowed_hosts = settings.allowed_hosts;
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
  return "http://" + ToString(options_.address) + context_.settings().base_path + "/api";
}

// All processes see the same queue; so each API exports it, and a query takes the maximum.
void ApiComponent::ExportQueue() {
  const auto states = context_.coord().jobs->State();
  if (!states) return;
  Metrics& metrics = context_.metrics();
  const coord::QueueTable& queues = context_.coord().jobs->queues();
  for (size_t i = 0; i < queues.size(); ++i) {
    const coord::QueueState& state = states->at(i);
    const Labels queue = {{"queue", queues.at(i).name}};
    metrics.GetGauge("matinee_queue_lag", "Jobs that are queued.", queue)
        .Set(static_cast<double>(state.queued));
    metrics.GetGauge("matinee_queue_pending", "Jobs that are in flight.", queue)
        .Set(static_cast<double>(state.in_flight));
    metrics
        .GetGauge("matinee_queue_oldest_age_seconds", "Age of the oldest job that is queued.",
                  queue)
        .Set(std::chrono::duration<double>(state.oldest_age).count());
  }
}

Result<Components> MakeApi(Context& context, const RoleOptions& /*options*/) {
  auto leader = std::make_unique<LeaderDuties>(context, MediaServerSettingsOf(context.settings()));
  auto api =
      std::make_unique<ApiComponent>(context, *leader,
                                     ApiComponentOptions{.address = context.settings().api_address,
                                                         .drain_limit = kDrainRequests});
  Components components;
  components.push_back(std::move(leader));
  components.push_back(std::move(api));
  return components;
}

}  // namespace matinee
