// Emulates a Jellyfin server that plays a demo film in a loop, for users without a media server. It
// has the same paths, responses and credentials as the real one, as far as Matinee uses them.
//
//   DemoServer demo({.folder = data_dir + "/demo"}, runner, clock);
//   TRY_ASSIGN(DemoAddress address, demo.Start());   // then add it as a Jellyfin server
//
// Thread safety: Start and Stop from one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "process/process_runner.h"

namespace matinee::demo {

struct DemoOptions {
  std::string folder;  // Folder of the film, e.g. "./data/demo"; created if missing.
  std::string address = "127.0.0.1";
  uint16_t port = 0;  // 0: the system chooses.
  std::string ffmpeg = "ffmpeg";
  std::string api_key = "demo";  // Not a secret: it protects only a demo film.
  // Receives progress messages for users.
  std::function<void(std::string_view line)> say = [](std::string_view) {};
};

struct DemoAddress {
  std::string url;  // "http://127.0.0.1:41234"
  Secret api_key;
  std::string film_path;  // Absolute; lies in the options' folder.
};

class DemoServer {
 public:
  // `runner` and `clock` must outlive the server.
  DemoServer(DemoOptions options, process::Runner& runner, const Clock& clock);
  ~DemoServer();  // Stop().
  DemoServer(const DemoServer&) = delete;
  DemoServer& operator=(const DemoServer&) = delete;

  // Makes the film if it does not exist (see MakeFilm: some ten seconds) and starts playback. Fails
  // like MakeFilm, and with kUnavailable if the port is in use.
  Result<DemoAddress> Start();
  void Stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace matinee::demo
