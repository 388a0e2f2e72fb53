#include "api_part.h"

#include <chrono>
#include <optional>
#include <utility>

#include "api/routes.h"
#include "role_metrics.h"
#include "telemetry/executor_metrics.h"
#include "telemetry/log.h"
#include "version.h"

namespace matinee {
namespace {

using std::chrono::milliseconds;

constexpr const char* kLogger = "api";
// The threads that talk to the database and plan; all quick work.
constexpr size_t kWorkThreads = 4;
constexpr size_t kWorkQueueMax = 512;

}  // namespace

ApiPart::ApiPart(Foundation& foundation, const std::vector<media::MediaServerSettings>& servers,
                 bool demo)
    : foundation_(foundation),
      work_("work", kWorkThreads, kWorkQueueMax),
      lease_(foundation.coord().lease(coord::kLeaderLease)),
      session_state_(foundation.coord().state(media::kSessionsState, coord::kLeaderLease)),
      leader_(*lease_, foundation.TermsOfStore(), foundation.clock()),
      sessions_(media::MakeMediaServers(servers, *client_, foundation.clock()),
                foundation.settings().poll_interval, foundation.clock(), foundation.metrics(),
                timers_),
      sharing_(sessions_, *session_state_, *foundation.coord().events,
               [this] { return leader_.term(); }),
      captures_(
          capture::ServiceDeps{foundation.store(), foundation.files(), *foundation.coord().jobs,
                               *foundation.coord().events, work_, timers_, foundation.clock()},
          [this](const std::string& id, milliseconds limit, media::SessionWatcher::Done done) {
            sessions_.FreshSession(id, limit, std::move(done));
          },
          foundation.settings().min_free_bytes),
      reconciler_(capture::ReconcilerDeps{foundation.store(), foundation.files(),
                                          *foundation.coord().jobs, *foundation.coord().events,
                                          [this] { return leader_.term(); }, foundation.clock(),
                                          foundation.metrics()}),
      demo_(demo) {
  ExportExecutor(foundation.metrics(), "work", work_.stats());
  ExportFreeBytes(foundation.metrics(), foundation.files(), foundation.settings().min_free_bytes);
  foundation.metrics().OnScrape([this] { ExportQueue(); });
}

Status ApiPart::Serve(const ApiAddress& address) {
  leader_.Start();
  // What cannot be tidied up (a file that resists) is tried again every second, and keeps nobody
  // from the rest.
  if (const Status swept = reconciler_.ReconcileOnce(); !swept) {
    LogError(kLogger, "not everything that was left could be tidied up", swept.error());
  }

  const config::Settings& settings = foundation_.settings();
  const api::Services services{captures_, foundation_.database(), sessions_, foundation_.clock(),
                               [this] { return foundation_.files().FreeBytes(); }};
  api::ApiOptions api_options;
  api_options.base_path = settings.base_path;
  api_options.version = kVersion;
  api_options.demo = demo_;
  api_options.free_bytes_min = settings.min_free_bytes;

  http::ServerOptions options;
  options.address = address.host;
  options.port = address.port;
  options.allowed_hosts = settings.allowed_hosts;
  server_ = std::make_unique<http::Server>(std::move(options), api::Routes(services, api_options),
                                           &foundation_.metrics());
  return server_->Start();
}

void ApiPart::Start() {
  sharing_.Start();
  sessions_.Start();
  reconciler_.Start();
}

void ApiPart::Drain(milliseconds limit) {
  if (server_) server_->Drain(limit);
}

void ApiPart::StopLeading() {
  sharing_.Stop();
  sessions_.Stop();
  reconciler_.Stop();
  leader_.Stop();
}

void ApiPart::Stop() {
  StopLeading();
  if (server_) server_->Stop();
  work_.Stop();
}

// Everybody sees the same queue; so each process that answers requests exports it, and whoever
// reads takes the maximum.
void ApiPart::ExportQueue() {
  Metrics& metrics = foundation_.metrics();
  // First: it is known also while the queue is out of reach.
  metrics.GetGauge("matinee_leader", "1 while this process polls and sweeps for all.")
      .Set(leader_.term() ? 1 : 0);
  const auto states = foundation_.coord().jobs->State();
  if (!states) return;
  const coord::QueueTable& queues = foundation_.coord().jobs->queues();
  for (size_t i = 0; i < queues.size(); ++i) {
    const coord::QueueState& state = states->at(i);
    const Labels queue = {{"queue", queues.at(i).name}};
    metrics.GetGauge("matinee_queue_lag", "Jobs that nobody has taken yet.", queue)
        .Set(static_cast<double>(state.queued));
    metrics.GetGauge("matinee_queue_pending", "Jobs in the hands of workers.", queue)
        .Set(static_cast<double>(state.in_flight));
    metrics
        .GetGauge("matinee_queue_oldest_age_seconds",
                  "Age of the oldest job that nobody has taken.", queue)
        .Set(std::chrono::duration<double>(state.oldest_age).count());
  }
}

}  // namespace matinee
