// `matinee demo`: a pretend Jellyfin that plays the demo film.

#include "demo/demo_server.h"

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "commands/commands.h"
#include "process/process_runner.h"
#include "runtime/signals.h"

namespace matinee {
namespace {

struct DemoCommandOptions {
  std::string address;
  uint16_t port = 0;
};

int RunDemo(const Settings& settings, const DemoCommandOptions& command) {
  Signals signals;
  const SystemClock clock;
  process::SystemRunner runner;
  demo::DemoOptions options;
  options.folder = settings.process.data_dir + "/demo";
  options.ffmpeg = settings.ffmpeg.ffmpeg_path;
  options.say = [](std::string_view line) { std::cerr << line << "\n"; };
  options.address = command.address;
  options.port = command.port;
  demo::DemoServer server(std::move(options), runner, clock);
  const auto started = server.Start();
  if (!started) {
    std::cerr << "matinee: " << started.error().message << "\n";
    return EXIT_FAILURE;
  }
  // The key is made up and opens only the demo film.
  std::cout << "A pretend Jellyfin plays the demo film. To watch it with Matinee:\n"
            << "  JELLYFIN_URL=" << started->url
            << " JELLYFIN_API_KEY=" << started->api_key.Reveal() << " matinee up\n"
            << std::flush;
  signals.Wait();
  server.Stop();
  return EXIT_SUCCESS;
}

}  // namespace

CommandBody MakeDemo(CLI::App& app) {
  auto options = std::make_shared<DemoCommandOptions>();
  app.add_option("--address", options->address, "Address to listen on; 0.0.0.0 is all")
      ->default_val("127.0.0.1");
  app.add_option("--port", options->port, "Port to listen on; 0 is any free port")
      ->default_val(8096);
  return [options](const Settings& settings) { return RunDemo(settings, *options); };
}

}  // namespace matinee
