// matinee <role or command>: one binary, one image. See roles/roles.h and commands/commands.h.

#include <malloc.h>
#include <sys/prctl.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/strings.h"
#include "commands/commands.h"
#include "roles/roles.h"
#include "runtime/settings.h"
#include "runtime/version.h"
#include "schemas.h"
#include "telemetry/log.h"

#ifdef __SANITIZE_ADDRESS__  // GCC
#define MATINEE_ADDRESS_SANITIZER
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)  // Clang
#define MATINEE_ADDRESS_SANITIZER
#endif
#endif

namespace matinee {
namespace {

// A small machine needs the memory more than each thread needs a heap.
constexpr int kMallocArenas = 2;

constexpr const char* kFooter =
    "Settings come from the environment and from the YAML file that MATINEE_CONFIG names;\n"
    "docs/configuration.md lists them. To begin:\n"
    "  PLEX_URL=http://nas:32400 PLEX_TOKEN=… matinee up\n"
    "  matinee up --demo\n";

// A role or command on the command line.
struct Entry {
  CLI::App* app;
  std::function<int()> run;
};

// Runs `body` with the settings, or reports what is wrong with them.
int WithSettings(const std::function<int(Settings)>& body) {
  auto settings = LoadSettings();
  if (!settings) {
    std::cerr << "matinee: " << settings.error().message << "\n";
    return EXIT_FAILURE;
  }
  ConfigureLog(settings->log.level, settings->log.format);
  return body(*std::move(settings));
}

class CommandLine {
 public:
  CommandLine();
  int Run(int argc, char** argv);

 private:
  void AddRole(const Role& role);
  void AddCommand(const Command& command);
  CLI::App* AddApp(const char* name, const char* help);
  [[nodiscard]] bool Has(std::string_view name) const;
  // Adds --print-config, which replaces `body`.
  void AddEntry(CLI::App* app, std::function<int(Settings)> body);

  CLI::App app_{"Matinee: capture what is playing on Plex, Jellyfin and Emby.", "matinee"};
  RoleOptions role_options_;
  bool print_config_ = false;
  std::vector<Entry> entries_;
};

CommandLine::CommandLine() {
  app_.set_version_flag("--version", std::string("matinee ") + kVersion + " (" + kRevision + ")");
  app_.require_subcommand(1);
  app_.footer(kFooter);
  for (const Role& role : Roles()) AddRole(role);
  for (const Command& command : Commands()) AddCommand(command);
}

CLI::App* CommandLine::AddApp(const char* name, const char* help) {
  MATINEE_CHECK(!Has(name), "a role and a command have one name");
  return app_.add_subcommand(name, help);
}

bool CommandLine::Has(std::string_view name) const {
  return std::ranges::any_of(entries_,
                             [name](const Entry& entry) { return entry.app->get_name() == name; });
}

void CommandLine::AddRole(const Role& role) {
  CLI::App* app = AddApp(role.name, role.help)->group("Roles");
  if (role.takes_demo) {
    app->add_flag("--demo", role_options_.demo,
                  "Play the demo film as a pretend media server, to try Matinee out");
  }
  AddEntry(app, [this, &role](Settings settings) {
    return RunRole(MatineeProgram(), role, std::move(settings), role_options_);
  });
}

void CommandLine::AddCommand(const Command& command) {
  CLI::App* app = AddApp(command.name, command.help)->group("Commands");
  const CommandBody body = command.make(*app);
  if (command.reads_settings) return AddEntry(app, body);
  entries_.push_back({app, [body] { return body({}); }});
}

void CommandLine::AddEntry(CLI::App* app, std::function<int(Settings)> body) {
  app->add_flag("--print-config", print_config_, "Print the settings in force, secrets masked");
  entries_.push_back({app, [this, body = std::move(body)] {
                        if (!print_config_) return WithSettings(body);
                        return WithSettings([](const Settings& settings) {
                          std::cout << config::PrintConfig(settings.loaded.effective);
                          return EXIT_SUCCESS;
                        });
                      }});
}

template <typename Table>
std::string NamesOf(const Table& table) {
  std::string names;
  for (const auto& entry : table) names += (names.empty() ? "" : ", ") + std::string(entry.name);
  return names;
}

int CommandLine::Run(int argc, char** argv) {
  const std::string name = argc > 1 ? argv[1] : "-";
  if (!name.starts_with('-') && !Has(name)) {
    std::cerr << "matinee: there is no role " << EscapeUnprintable(name) << "; there are "
              << NamesOf(Roles()) << ", and the commands " << NamesOf(Commands()) << ".\n";
    return EXIT_FAILURE;
  }
  CLI11_PARSE(app_, argc, argv);
  for (const Entry& entry : entries_) {
    if (entry.app->parsed()) return entry.run();
  }
  return EXIT_FAILURE;
}

// Tokens are in the memory: no core dump holds it, and no other process of the same user, such as
// an FFmpeg that a media file has taken over, may read it (prctl(2), PR_SET_DUMPABLE). Programs
// that Matinee starts are dumpable again, by exec. The leak check of the address sanitizer would
// fail.
void HideMemory() {
#ifndef MATINEE_ADDRESS_SANITIZER
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

}  // namespace
}  // namespace matinee

int main(int argc, char** argv) {
  using namespace matinee;              // NOLINT(google-build-using-namespace): main is ours.
  mallopt(M_ARENA_MAX, kMallocArenas);  // NOLINT(concurrency-mt-unsafe): no thread is there yet.
  HideMemory();
  return CommandLine().Run(argc, argv);
}
