// The API with what stands behind it: sessions, captures, and, while this process is the leader,
// the polling of the media servers and the sweeping.
//
// Thread safety: all methods from one thread, Problem() from any.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/executor.h"
#include "base/timer_queue.h"
#include "capture/reconciler.h"
#include "capture/service.h"
#include "coord/leader_elector.h"
#include "foundation.h"
#include "http/client.h"
#include "http/server.h"
#include "media/media_server.h"
#include "media/session_replicator.h"
#include "media/session_watcher.h"

namespace matinee {

struct ApiAddress {
  std::string host = "127.0.0.1";
  uint16_t port = 0;  // 0: any.
};

class ApiPart {
 public:
  // `servers` are polled; `demo` only tells the page so.
  ApiPart(Foundation& foundation, const std::vector<media::MediaServerSettings>& servers,
          bool demo);

  // Asks to be the leader and, if it is, sweeps once: what a crash left is found before anybody
  // works. Begins to answer requests.
  Status Serve(const ApiAddress& address);
  // Begins to poll and to sweep.
  void Start();

  [[nodiscard]] uint16_t port() const { return server_->port(); }

  // Waits until no request is being worked on.
  void Drain(std::chrono::milliseconds limit);
  // Ends polling and sweeping, and lets another process lead. Requests are still answered.
  void StopLeading();
  void Stop();

 private:
  void ExportQueue();

  Foundation& foundation_;
  TimerQueue timers_;
  Executor work_;
  std::unique_ptr<http::Client> client_ = http::MakeCurlClient();
  const std::unique_ptr<coord::Lease> lease_;
  const std::unique_ptr<coord::StateStore> session_state_;
  coord::LeaderElector leader_;
  media::SessionWatcher sessions_;
  media::SessionReplicator sharing_;
  capture::Service captures_;
  capture::Reconciler reconciler_;
  const bool demo_;
  std::unique_ptr<http::Server> server_;
};

}  // namespace matinee
