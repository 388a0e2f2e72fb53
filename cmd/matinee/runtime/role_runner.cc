#include "runtime/role_runner.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <string>
#include <thread>
#include <utility>

#include "runtime/admin_server.h"
#include "runtime/signals.h"
#include "telemetry/log.h"

namespace matinee {
namespace {

class RoleRunner {
 public:
  RoleRunner(const Program& program, const Role& role, Settings settings)
      : role_(role),
        context_(program, role.needs, std::move(settings)),
        admin_(
            context_.settings().admin, context_.metrics(),
            [this](const Readiness& checks) { return NotReady(checks); },
            [this] { return started_ ? context_.Notice() : ""; }) {}
  ~RoleRunner();
  RoleRunner(const RoleRunner&) = delete;
  RoleRunner& operator=(const RoleRunner&) = delete;

  Status Start(const Signals& signals, const RoleOptions& options);
  void Drain();
  void LogReady() const;

 private:
  std::string NotReady(const Readiness& checks);

  const Role& role_;
  Context context_;
  Components components_;
  std::atomic<bool> started_{false};  // From then on components_ does not change.
  AdminServer admin_;
};

Status RoleRunner::Start(const Signals& signals, const RoleOptions& options) {
  TRY(CheckNeeds(role_.name, role_.needs, context_.settings()));
  TRY(context_.CheckMachine());
  TRY(admin_.Start());
  TRY(context_.Open([&signals] { return !signals.pending(); }));
  TRY_ASSIGN(components_, role_.make(context_, options));
  for (const auto& component : components_) TRY(component->Start());
  for (const auto& component : components_) component->Begin();
  context_.StartProbes();
  started_ = true;
  return {};
}

void RoleRunner::Drain() {
  admin_.StartDraining();
  if (role_.needs.drain_delay) std::this_thread::sleep_for(context_.settings().process.drain_delay);
  std::for_each(components_.rbegin(), components_.rend(),
                [](const auto& component) { component->EndStreams(); });
  std::for_each(components_.rbegin(), components_.rend(),
                [](const auto& component) { component->Drain(); });
}

// The admin server uses the components, and each component those before it.
RoleRunner::~RoleRunner() {
  admin_.StartDraining();
  std::for_each(components_.rbegin(), components_.rend(),
                [](const auto& component) { component->Stop(); });
  admin_.Stop();
  while (!components_.empty()) components_.pop_back();
}

void RoleRunner::LogReady() const {
  const std::string url = components_.empty() ? "" : components_.back()->Url();
  if (url.empty()) return Log(Severity::kInfo, role_.name, "Matinee is ready");
  Log(Severity::kInfo, role_.name, "Matinee is ready", {{"url", url}});
}

std::string RoleRunner::NotReady(const Readiness& checks) {
  if (!started_) return "starting";
  if (std::string problem = context_.NotReady(checks); !problem.empty()) return problem;
  for (const auto& component : components_) {
    if (std::string problem = component->NotReady(checks); !problem.empty()) return problem;
  }
  return "";
}

// Returns once the role has stopped.
Status Run(const Program& program, const Role& role, Settings settings,
           const RoleOptions& options) {
  Signals signals;
  RoleRunner runner(program, role, std::move(settings));
  TRY(runner.Start(signals, options));
  runner.LogReady();
  const int signal = signals.Wait();
  Log(Severity::kInfo, role.name, "stopping", {{"signal", sigdescr_np(signal)}});
  runner.Drain();
  return {};
}

}  // namespace

int RunRole(const Program& program, const Role& role, Settings settings,
            const RoleOptions& options) {
  const Status stopped = Run(program, role, std::move(settings), options);
  if (!stopped && stopped.error().code != Code::kCancelled) {
    std::cerr << "matinee: " << stopped.error().message << "\n";
    return EXIT_FAILURE;
  }
  if (stopped) Log(Severity::kInfo, role.name, "stopped");
  return EXIT_SUCCESS;
}

}  // namespace matinee
