// What monitoring asks a role, on METRICS_ADDRESS:METRICS_PORT: /metrics, /livez, /readyz.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "http/server.h"
#include "telemetry/metrics.h"

namespace matinee {

class StatusServer {
 public:
  // `not_ready` gives the reason why the role cannot do its work now, or "". `metrics` outlives it,
  // and gets matinee_build_info. With port 0 nothing is served.
  StatusServer(const std::string& address, uint16_t port, Metrics& metrics,
               std::function<std::string()> not_ready);

  // Fails with kUnavailable if the port is taken; the message names METRICS_PORT.
  Status Start();
  void Stop();
  // From now on /readyz says no: the role is about to stop.
  void StartDraining() { draining_ = true; }

 private:
  std::atomic<bool> draining_{false};
  std::unique_ptr<http::Server> server_;  // None: it is turned off.
};

}  // namespace matinee
