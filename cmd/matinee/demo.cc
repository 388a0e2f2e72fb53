// `matinee demo`: a pretend Jellyfin that plays a film which it makes.

#include "demo/demo_server.h"

#include <iostream>

#include "process/process_runner.h"
#include "roles.h"
#include "signals.h"

namespace matinee {

int RunDemo(const config::Settings& settings, const std::string& address, uint16_t port) {
  Signals signals;
  const SystemClock clock;
  process::SystemRunner runner;
  demo::DemoOptions options;
  options.folder = settings.data_dir + "/demo";
  options.ffmpeg = settings.ffmpeg_path;
  options.say = [](std::string_view line) { std::cerr << line << "\n"; };
  options.address = address;
  options.port = port;
  demo::DemoServer server(std::move(options), runner, clock);
  const auto started = server.Start();
  if (!started) {
    std::cerr << "matinee: " << started.error().message << "\n";
    return EXIT_FAILURE;
  }
  // The key is made up and opens nothing but this film.
  std::cout << "A pretend Jellyfin plays the demo film. To watch it with Matinee:\n"
            << "  JELLYFIN_URL=" << started->url
            << " JELLYFIN_API_KEY=" << started->api_key.Reveal() << " matinee up\n"
            << std::flush;
  signals.Wait();
  server.Stop();
  return EXIT_SUCCESS;
}

}  // namespace matinee
