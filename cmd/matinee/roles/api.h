// The REST API: its server, and the service that plans captures and enqueues them.
//
// Thread safety: as Component says; port() after Start from any thread.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/executor.h"
#include "base/timer_queue.h"
#include "capture/service.h"
#include "config/host_port.h"
#include "http/server.h"
#include "roles/leader_duties.h"
#include "runtime/component.h"
#include "runtime/context.h"

namespace matinee {

struct ApiComponentOptions {
  config::HostPort address;                  // Port 0: any.
  bool demo = false;                         // Only reported to the page.
  std::chrono::milliseconds drain_limit{0};  // For requests that are in flight.
};

class ApiComponent final : public Component {
 public:
  ApiComponent(Context& context, LeaderDuties& leader, ApiComponentOptions options);

  Status Start() override;
  // Waits until no request is in flight.
  void Drain() override;
  void Stop() override;
  [[nodiscard]] std::string Url() const override;

  [[nodiscard]] uint16_t port() const { return server_->port(); }

 private:
  Context& context_;
  const ApiComponentOptions options_;
  media::SessionWatcher& sessions_;
  TimerQueue timers_;
  Executor work_;
  capture::Service captures_;
  std::unique_ptr<http::Server> server_;
};

}  // namespace matinee
