// Polls the media servers and reconciles the jobs, in one process for all: the leader. The
// processes that are not the leader replicate the sessions that it publishes.
//
// Thread safety: as Component says; sessions() from any thread.
#pragma once

#include <vector>

#include "base/timer_queue.h"
#include "coord/leader_elector.h"
#include "http/client.h"
#include "jobs/reconciler.h"
#include "media/media_server.h"
#include "media/session_replicator.h"
#include "media/session_watcher.h"
#include "runtime/component.h"
#include "runtime/context.h"

namespace matinee {

class LeaderDuties final : public Component {
 public:
  LeaderDuties(Context& context, const std::vector<media::MediaServerSettings>& servers);

  // Tries to acquire the lease and, as the leader, reconciles once: what a crash left behind is
  // repaired before any worker starts.
  Status Start() override;
  // Begins to poll, to replicate and to reconcile.
  void Begin() override;
  // Releases the lease, so that another process can lead. The last sessions can still be read.
  void Drain() override { Stop(); }
  void Stop() override;

  // What is playing.
  media::SessionWatcher& sessions() { return sessions_; }

 private:
  TimerQueue timers_;
  std::unique_ptr<http::Client> client_ = http::MakeCurlClient();
  const std::unique_ptr<coord::Lease> lease_;
  const std::unique_ptr<coord::StateStore> session_state_;
  coord::LeaderElector leader_;
  media::SessionWatcher sessions_;
  media::SessionReplicator replicator_;
  jobs::Reconciler reconciler_;
};

}  // namespace matinee
