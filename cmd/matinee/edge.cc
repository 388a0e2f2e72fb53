// `matinee edge`: nginx in front of an API that runs elsewhere.

#include "edge/edge.h"

#include <chrono>
#include <cstring>
#include <iostream>
#include <string>
#include <thread>
#include <utility>

#include "base/files.h"
#include "edge/edge_metrics.h"
#include "edge_options.h"
#include "folder_lock.h"
#include "process/process_runner.h"
#include "roles.h"
#include "signals.h"
#include "status_server.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

namespace matinee {
namespace {

using std::chrono::seconds;

constexpr const char* kLogger = "edge";
// With a DRAIN_DELAY of 5 s this stays below the 30 s that Kubernetes gives to a stop. Longer
// downloads are cut off: browsers take them up again by a byte range.
constexpr seconds kDrainRequests{20};

// Of its own, so that an edge may share DATA_DIR with the other roles, and with `up`.
std::string RunFolder(const config::Settings& settings) {
  return settings.data_dir + "/edge";
}

bool IsThisMachine(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

// An edge that forwards to itself would go in circles until it runs out of connections.
bool IsItself(const config::Settings& settings) {
  const config::HostPort& api = settings.api_address;
  if (api.port != settings.port) return false;
  const bool any = settings.host == "0.0.0.0" || settings.host == "::";
  return api.host == settings.host ||
         (IsThisMachine(api.host) && (any || IsThisMachine(settings.host)));
}

edge::EdgeOptions Options(const config::Settings& settings) {
  edge::EdgeOptions options = EdgeOptionsOf(settings, RunFolder(settings));
  options.upstream_host = settings.api_address.host;
  options.upstream_port = settings.api_address.port;
  return options;
}

class EdgeRole {
 public:
  explicit EdgeRole(config::Settings settings)
      : settings_(std::move(settings)),
        edge_(Options(settings_), runner_),
        status_(settings_, metrics_,
                // An edge whose API is away can only say so. Another one, beside another API, may
                // do better, so traffic should go there. It is no reason to be restarted: /livez
                // knows nothing of it.
                [this] { return edge_.NotReady(); }) {}

  Status Start() {
    for (const std::string& warning : settings_.warnings) {
      Log(Severity::kWarn, kLogger, "settings", {{"warning", warning}});
    }
    TRY(CheckPorts(settings_));
    if (IsItself(settings_)) {
      return Fail(Code::kInvalidArgument, "API_ADDRESS " + ToString(settings_.api_address) +
                                              " is where this edge listens itself (HOST, PORT)");
    }
    TRY_ASSIGN(lock_, LockFolder(RunFolder(settings_)));
    edge::ExportNginx(edge_, metrics_);
    TRY(status_.Start());
    return edge_.Start();
  }

  // Not ready, but serving, until those who send requests have noticed; then no new connections,
  // and what runs may end.
  void Drain() {
    status_.StartDraining();
    std::this_thread::sleep_for(settings_.drain_delay);
    edge_.Stop(kDrainRequests);
  }

  ~EdgeRole() { status_.Stop(); }
  EdgeRole(const EdgeRole&) = delete;
  EdgeRole& operator=(const EdgeRole&) = delete;

 private:
  const config::Settings settings_;
  Metrics metrics_;
  UniqueFd lock_;
  process::SystemRunner runner_;
  edge::Edge edge_;
  StatusServer status_;
};

}  // namespace

int RunEdge(config::Settings settings) {
  Signals signals;
  const std::string api = ToString(settings.api_address);
  EdgeRole edge(std::move(settings));
  if (const Status started = edge.Start(); !started) {
    std::cerr << "matinee: " << started.error().message << "\n";
    return EXIT_FAILURE;
  }
  Log(Severity::kInfo, kLogger, "the edge is ready", {{"api", api}});
  const int signal = signals.Wait();
  Log(Severity::kInfo, kLogger, "stopping", {{"signal", sigdescr_np(signal)}});
  edge.Drain();
  Log(Severity::kInfo, kLogger, "stopped");
  return EXIT_SUCCESS;
}

}  // namespace matinee
