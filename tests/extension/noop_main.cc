// noop_matinee <role>: the program's run loop with a role table of this package.
#include <array>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string_view>
#include <utility>

#include "jobs/attempt_registry.h"
#include "jobs/worker.h"
#include "runtime/role_runner.h"
#include "telemetry/log.h"
#include "tests/extension/noop.h"

namespace matinee::noop {
namespace {

// Filled by main before a role is made.
NoopSettings& Settings() {
  static NoopSettings settings;
  return settings;
}

// Runs noops. Needs PostgreSQL and Redis.
class NoopWorker final : public Component {
 public:
  explicit NoopWorker(Context& context)
      : kind_(context.database(), context.clock()),
        worker_({*context.coord().jobs, *context.coord().events, attempts_, context.metrics()},
                {&handler_}, {.slots = Settings().slots, .random = [] { return 0.5; }}) {}

  void Begin() override { worker_.Start(); }
  void Drain() override { worker_.Stop(std::chrono::seconds(10)); }
  void Stop() override { worker_.Stop(std::chrono::milliseconds(0)); }

 private:
  NoopKind kind_;
  NoopHandler handler_{kind_, Settings().duration};
  jobs::AttemptRegistry attempts_;
  jobs::Worker worker_;
};

// Logs the changes of noops. Needs Redis only: it knows no database, so no queues either.
class NoopListener final : public Component {
 public:
  explicit NoopListener(Context& context)
      : events_(*context.coord().events),
        listener_(events_.Subscribe(kNoop, [](const coord::Event& event) {
          Log(Severity::kInfo, kNoop, "a noop has changed", {{"id", event.payload}});
        })) {}
  ~NoopListener() override { events_.Unsubscribe(listener_); }
  NoopListener(const NoopListener&) = delete;
  NoopListener& operator=(const NoopListener&) = delete;

 private:
  coord::EventBus& events_;
  const coord::EventBus::ListenerId listener_;
};

template <typename OneComponent>
Result<Components> Make(Context& context, const RoleOptions& /*options*/) {
  Components components;
  components.push_back(std::make_unique<OneComponent>(context));
  return components;
}

constexpr std::array kRoles = {
    Role{.name = "noop-worker",
         .help = "Run noops",
         .needs = {.database = true, .redis = true},
         .make = &Make<NoopWorker>},
    Role{.name = "noop-listener",
         .help = "Log the changes of noops",
         .needs = {.redis = true},
         .make = &Make<NoopListener>},
};

int Run(std::string_view name) {
  matinee::Settings settings;
  config::Sections sections = SectionsOf(settings);
  sections.push_back(NoopSection(Settings()));
  auto loaded = LoadSections(sections);
  if (!loaded) {
    std::cerr << "noop_matinee: " << loaded.error().message << "\n";
    return EXIT_FAILURE;
  }
  settings.loaded = *std::move(loaded);
  ConfigureLog(settings.log.level, settings.log.format);
  for (const Role& role : kRoles) {
    if (role.name == name) return RunRole(NoopProgram(), role, std::move(settings), {});
  }
  std::cerr << "noop_matinee: unknown role\n";
  return EXIT_FAILURE;
}

}  // namespace
}  // namespace matinee::noop

int main(int argc, char** argv) {
  return matinee::noop::Run(argc > 1 ? argv[1] : "");
}
