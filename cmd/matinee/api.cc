// `matinee api`: the REST API, beside any number of others.

#include <cstring>
#include <iostream>
#include <memory>
#include <thread>
#include <utility>

#include "api_part.h"
#include "media_servers.h"
#include "roles.h"
#include "shared_role.h"
#include "signals.h"
#include "telemetry/log.h"

namespace matinee {
namespace {

constexpr const char* kLogger = "api";
constexpr std::chrono::seconds kDrainRequests{15};  // A screenshot is waited for 10 s.

}  // namespace

int RunApi(config::Settings settings) {
  Signals signals;
  // Without Redis the gallery can still be read, so without it the role is ready.
  SharedRole role("api", /*needs_redis=*/false, std::move(settings));
  Status started = role.Open(signals);
  std::unique_ptr<ApiPart> api;
  if (started) {
    const config::Settings& opened = role.foundation().settings();
    api = std::make_unique<ApiPart>(role.foundation(), MediaServerSettingsOf(opened), false);
    started = api->Serve({opened.api_address.host, opened.api_address.port});
  }
  if (!started) {
    role.Stop();
    if (started.error().code == Code::kCancelled) return EXIT_SUCCESS;
    std::cerr << "matinee: " << started.error().message << "\n";
    return EXIT_FAILURE;
  }
  api->Start();
  role.Started();
  Log(Severity::kInfo, kLogger, "the API is ready", {{"port", api->port()}});

  const int signal = signals.Wait();
  Log(Severity::kInfo, kLogger, "stopping", {{"signal", sigdescr_np(signal)}});
  role.StartDraining();
  std::this_thread::sleep_for(role.foundation().settings().drain_delay);
  api->StopLeading();
  api->Drain(kDrainRequests);
  api->Stop();
  role.Stop();
  Log(Severity::kInfo, kLogger, "stopped");
  return EXIT_SUCCESS;
}

}  // namespace matinee
