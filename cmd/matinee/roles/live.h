// The server of event streams, fed by the event bus.
//
// Thread safety: as Component says; port() after Start from any thread.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "config/host_port.h"
#include "live/server.h"
#include "runtime/component.h"
#include "runtime/context.h"
#include "runtime/dependency_probe.h"

namespace matinee {

class LiveComponent final : public Component {
 public:
  LiveComponent(Context& context, config::HostPort address);  // Port 0: any.

  Status Start() override { return server_.Start(); }
  // Clients reconnect, to another process if there is one.
  void EndStreams() override { server_.Drain(); }
  void Stop() override { server_.Stop(); }
  std::string NotReady(const Readiness& checks) override {
    return checks.redis ? bus_probe_.problem() : "";
  }
  [[nodiscard]] std::string Url() const override;

  [[nodiscard]] uint16_t port() const { return server_.port(); }

 private:
  const config::HostPort address_;
  const SystemClock clock_;
  const DependencyProbe bus_probe_;
  live::Server server_;  // Uses the probe.
};

}  // namespace matinee
