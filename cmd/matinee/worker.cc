// `matinee worker`: takes jobs and runs FFmpeg, beside any number of others.

#include <cstring>
#include <iostream>
#include <memory>
#include <utility>

#include "process/process_runner.h"
#include "roles.h"
#include "shared_role.h"
#include "signals.h"
#include "telemetry/log.h"
#include "worker_part.h"

namespace matinee {
namespace {

constexpr const char* kLogger = "worker";

}  // namespace

int RunWorker(config::Settings settings) {
  Signals signals;
  process::SystemRunner runner;
  SharedRole role("worker", /*needs_redis=*/true, std::move(settings));
  Status started = FindFfmpeg(role.foundation().settings(), runner);
  if (started) started = role.Open(signals);
  if (!started) {
    role.Stop();
    if (started.error().code == Code::kCancelled) return EXIT_SUCCESS;
    std::cerr << "matinee: " << started.error().message << "\n";
    return EXIT_FAILURE;
  }
  WorkerPart worker(role.foundation(), runner);
  worker.Start();
  role.Started();
  Log(Severity::kInfo, kLogger, "the worker has started");

  const int signal = signals.Wait();
  Log(Severity::kInfo, kLogger, "stopping", {{"signal", sigdescr_np(signal)}});
  role.StartDraining();
  worker.Stop(role.foundation().settings().stop_grace);
  role.Stop();
  Log(Severity::kInfo, kLogger, "stopped");
  return EXIT_SUCCESS;
}

}  // namespace matinee
