// nginx on HOST:PORT, in front of an API.
//
// Thread safety: as Component says.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "config/host_port.h"
#include "edge/edge.h"
#include "runtime/component.h"
#include "runtime/context.h"

namespace matinee {

struct EdgeComponentOptions {
  std::string run_dir;                       // nginx's files: configuration, pid, cache.
  std::function<config::HostPort()> api;     // The API's address; called by Start.
  std::function<config::HostPort()> live;    // The event streams'; called by Start.
  bool needs_api = false;                    // Not ready while the API does not answer.
  std::chrono::milliseconds drain_limit{0};  // For requests that are in flight.
};

class EdgeComponent final : public Component {
 public:
  EdgeComponent(Context& context, EdgeComponentOptions options);

  Status Start() override;
  // Accepts no new connections and finishes requests that are in flight.
  void Drain() override;
  void Stop() override;
  std::string NotReady(const Readiness& checks) override;
  [[nodiscard]] std::string Url() const override;

 private:
  Context& context_;
  const EdgeComponentOptions options_;
  std::unique_ptr<edge::Edge> edge_;
};

}  // namespace matinee
