// matinee <role>: one binary, one image; see roles.h.

#include <malloc.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <map>
#include <optional>
#include <string>

#include "config/settings.h"
#include "roles.h"
#include "telemetry/log.h"
#include "version.h"

extern char** environ;

namespace matinee {
namespace {

// Memory that is given back is worth more to a small machine than a heap for each thread.
constexpr int kMallocArenas = 2;

std::map<std::string, std::string> Environment() {
  std::map<std::string, std::string> environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text(*entry);
    const size_t equals = text.find('=');
    if (equals != std::string::npos) environment[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return environment;
}

Result<config::Settings> LoadSettings() {
  const auto environment = Environment();
  std::optional<std::string> file;
  if (const auto entry = environment.find("MATINEE_CONFIG");
      entry != environment.end() && !entry->second.empty()) {
    file = entry->second;
  }
  return config::Load(file, environment);
}

// Runs `role` with the settings, or says what is wrong with them.
template <typename Role>
int WithSettings(const Role& role) {
  auto settings = LoadSettings();
  if (!settings) {
    std::cerr << "matinee: " << settings.error().message << "\n";
    return EXIT_FAILURE;
  }
  ConfigureLog(settings->log_level, settings->log_format);
  return role(*std::move(settings));
}

}  // namespace
}  // namespace matinee

int main(int argc, char** argv) {
  using namespace matinee;              // NOLINT(google-build-using-namespace): main is ours.
  mallopt(M_ARENA_MAX, kMallocArenas);  // NOLINT(concurrency-mt-unsafe): no thread is there yet.

  CLI::App app{"Matinee: capture what is playing on Plex, Jellyfin and Emby."};
  app.set_version_flag("--version", std::string("matinee ") + kVersion + " (" + kRevision + ")");
  app.require_subcommand(1);
  app.footer(
      "Settings come from the environment and from the YAML file that MATINEE_CONFIG names;\n"
      "docs/configuration.md lists them. To begin:\n"
      "  PLEX_URL=http://nas:32400 PLEX_TOKEN=… matinee up\n"
      "  matinee up --demo\n");

  bool demo = false;
  bool print_config = false;
  uint16_t port = 0;
  const auto add_role = [&app, &print_config](const char* name, const char* description) {
    auto* role = app.add_subcommand(name, description);
    role->add_flag("--print-config", print_config,
                   "Print the settings as they are, secrets masked");
    return role;
  };
  auto* up = add_role("up", "Run everything in one process (the default way)");
  up->add_flag("--demo", demo, "Play a film as a pretend media server, to try Matinee out");
  auto* edge = add_role("edge", "Run nginx in front of an API that runs elsewhere");
  auto* api = add_role("api", "Run the REST API, beside others (PostgreSQL and Redis)");
  auto* worker = add_role("worker", "Run FFmpeg for captures, beside others");
  auto* migrate = add_role("migrate", "Bring the database up to date");
  std::string from;
  migrate->add_option("--from", from,
                      "Bring the captures of a single machine over: sqlite:///folder/matinee.db");
  int wait_seconds = 0;
  migrate
      ->add_option("--wait", wait_seconds,
                   "Wait so long for a PostgreSQL that cannot be reached yet: 30s, 5m")
      ->transform(CLI::AsNumberWithUnit(std::map<std::string, int>{{"s", 1}, {"m", 60}}))
      ->check(CLI::NonNegativeNumber);
  auto* doctor = add_role("doctor", "Say what is misconfigured, and how to mend it");
  auto* health = add_role("health", "Say whether the role that runs here is ready");
  std::string url;
  health->add_option("--url", url, "Ask this address instead, e.g. http://matinee/api/health");
  auto* demo_role = add_role("demo", "Play a film as a pretend Jellyfin server");
  std::string address;
  demo_role->add_option("--address", address, "Address that it listens on; 0.0.0.0 is all")
      ->default_val("127.0.0.1");
  demo_role->add_option("--port", port, "Port on it; 0 takes any that is free")->default_val(8096);
  auto* docs = app.add_subcommand("docs", "Print documents that are made from the code");
  docs->require_subcommand(1);
  auto* configuration = docs->add_subcommand("configuration", "All settings, as Markdown");
  CLI11_PARSE(app, argc, argv);

  if (configuration->parsed()) {
    std::cout << config::ConfigurationMarkdown();
    return EXIT_SUCCESS;
  }
  if (print_config) {
    return WithSettings([](const config::Settings& settings) {
      std::cout << config::PrintConfig(settings);
      return EXIT_SUCCESS;
    });
  }
  if (up->parsed()) {
    return WithSettings(
        [demo](config::Settings settings) { return RunUp(std::move(settings), demo); });
  }
  if (edge->parsed()) return WithSettings(&RunEdge);
  if (api->parsed()) return WithSettings(&RunApi);
  if (worker->parsed()) return WithSettings(&RunWorker);
  if (migrate->parsed()) {
    return WithSettings([&from, wait_seconds](const config::Settings& settings) {
      return RunMigrate(settings, from, std::chrono::seconds(wait_seconds));
    });
  }
  if (doctor->parsed()) return WithSettings(&RunDoctor);
  if (health->parsed()) {
    return WithSettings(
        [&url](const config::Settings& settings) { return RunHealth(settings, url); });
  }
  if (demo_role->parsed()) {
    return WithSettings([&address, port](const config::Settings& settings) {
      return RunDemo(settings, address, port);
    });
  }
  return EXIT_FAILURE;
}
