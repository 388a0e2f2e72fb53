// The admin server answers monitoring on METRICS_ADDRESS:METRICS_PORT: /metrics, /livez, /readyz.
//
// Thread safety: Start and Stop from one thread, the rest from any.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "http/server.h"
#include "runtime/process_settings.h"
#include "runtime/readiness.h"
#include "telemetry/metrics.h"

namespace matinee {

class AdminServer {
 public:
  // `not_ready` returns the reason why the role cannot work now, as far as the checks ask, or "";
  // `notice` what is wrong while it can, or "". `metrics` outlives the server, which adds
  // matinee_build_info.
  AdminServer(const AdminSettings& settings, Metrics& metrics,
              std::function<std::string(const Readiness&)> not_ready,
              std::function<std::string()> notice);

  // Does nothing if METRICS_PORT is 0. Fails with kUnavailable if the port is taken.
  Status Start();
  void Stop();
  // From now on /readyz answers 503: the role is about to stop.
  void StartDraining() { draining_ = true; }

 private:
  std::atomic<bool> draining_{false};
  std::unique_ptr<http::Server> server_;  // Null: turned off.
};

}  // namespace matinee
