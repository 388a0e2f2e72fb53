#include "roles/leader_duties.h"

#include "jobs/terms.h"
#include "telemetry/log.h"

namespace matinee {

LeaderDuties::LeaderDuties(Context& context, const std::vector<media::MediaServerSettings>& servers)
    : lease_(context.coord().lease(coord::kLeaderLease)),
      session_state_(context.coord().state(media::kSessionsState, coord::kLeaderLease)),
      leader_(*lease_, jobs::TermsOf(context.database()), context.clock()),
      sessions_(media::MakeMediaServers(servers, *client_, context.clock()),
                context.settings().media.poll_interval, context.clock(), context.metrics(),
                timers_),
      replicator_(sessions_, *session_state_, *context.coord().events,
                  [this] { return leader_.term(); }),
      reconciler_({context.kinds().all, *context.coord().jobs, *context.coord().events,
                   [this] { return leader_.term(); }, context.metrics()}) {
  Gauge& is_leader = context.metrics().GetGauge(
      "matinee_leader", "1 while this process polls and reconciles for all.");
  context.metrics().OnScrape([this, &is_leader] { is_leader.Set(leader_.term() ? 1 : 0); });
}

Status LeaderDuties::Start() {
  leader_.Start();
  // The reconciler retries every second what it could not do, such as a file that cannot be
  // removed. The start does not depend on it.
  if (const Status reconciled = reconciler_.ReconcileOnce(); !reconciled) {
    LogError("leader", "the first reconcile did not finish", reconciled.error());
  }
  return {};
}

void LeaderDuties::Begin() {
  replicator_.Start();
  sessions_.Start();
  reconciler_.Start();
}

void LeaderDuties::Stop() {
  replicator_.Stop();
  sessions_.Stop();
  reconciler_.Stop();
  leader_.Stop();
}

}  // namespace matinee
