// Runs nginx as a child process, in front of the API, on the public port.
//
// Thread safety: Start and Stop from one thread; everything else from any.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "edge/nginx_config.h"
#include "edge/nginx_status.h"
#include "edge/repeated_lines.h"
#include "process/process_runner.h"

namespace matinee::http {
class Client;
struct ClientResponse;
}  // namespace matinee::http

namespace matinee::edge {

// Returns the program to start for NGINX_PATH: Debian installs nginx in /usr/sbin, which is not in
// a user's PATH.
std::string FindNginx(const std::string& nginx_path);

class Edge {
 public:
  // `runner` must outlive the edge.
  Edge(EdgeOptions options, process::SystemRunner& runner);
  ~Edge();
  Edge(const Edge&) = delete;
  Edge& operator=(const Edge&) = delete;

  // Writes the configuration, starts nginx, and returns when it accepts connections. From then on,
  // nginx is restarted when it exits. Fails with kUnavailable (the port is in use, an upstream's
  // host has no address, nginx does not start: with its last line on stderr), kNotFound (nginx is
  // not installed), kInvalidArgument (see NginxConfig).
  Status Start();

  // Accepts no new connections, waits for requests in flight for at most `grace`, then stops nginx.
  void Stop(std::chrono::milliseconds grace);

  // Whether nginx runs.
  [[nodiscard]] bool healthy() const { return healthy_; }

  // How often nginx exited by itself and was restarted.
  [[nodiscard]] int64_t restarts() const { return restarts_; }

  // How many connections were refused because their address had CONNECTIONS_PER_ADDRESS already.
  [[nodiscard]] int64_t refused_connections() const { return refused_connections_; }

  // Reads nginx's counters. Fails with kUnavailable or kDeadlineExceeded while it does not answer.
  Result<NginxStatus> ReadStatus() const;

  // Returns "" while nginx runs and the API behind it answers, else which of them does not. Checks
  // through nginx, as clients' requests go, in less than a second. A result is reused for a second.
  std::string NotReady();

 private:
  struct Readiness {
    std::string reason;
    std::chrono::steady_clock::time_point at;
  };

  [[nodiscard]] Result<std::string> StatusSocket() const;
  void MakeMemoryFolder();
  void RemoveMemoryFolder() const;
  Status CheckHosts() const;
  Status CheckPort() const;
  Status Launch();
  void Watch();
  [[nodiscard]] std::vector<std::string> NginxEnvironment() const;
  void OnLine(std::string_view line);
  void OnRefusals(std::string_view report);
  void LogLine(std::string_view text, int64_t repeated) const;
  void LogRepeatedLines();
  Result<http::ClientResponse> Get(const std::string& target,
                                   std::chrono::milliseconds timeout) const;

  EdgeOptions options_;
  process::SystemRunner& runner_;
  const std::unique_ptr<http::Client> client_;
  std::string config_path_;
  std::string memory_folder_;  // Of this process, or "".
  std::mutex mutex_;
  std::string last_stderr_;
  RepeatedLines lines_;
  std::unique_ptr<process::Child> child_;
  std::atomic<bool> healthy_{false};
  std::atomic<bool> stopping_{false};
  std::atomic<int64_t> restarts_{0};
  std::atomic<int64_t> refused_connections_{0};
  std::mutex readiness_mutex_;
  std::optional<Readiness> readiness_;
  std::thread watcher_;
};

}  // namespace matinee::edge
