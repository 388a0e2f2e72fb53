// nginx as a child: in front of the API, on the port that people use.
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

#include "base/files.h"
#include "base/result.h"
#include "edge/nginx_config.h"
#include "edge/nginx_status.h"
#include "process/process_runner.h"

namespace matinee::edge {

// The program to start for NGINX_PATH: Debian keeps nginx in /usr/sbin, which is in no user's PATH.
std::string FindNginx(const std::string& nginx_path);

class Edge {
 public:
  // `runner` must outlive the edge.
  Edge(EdgeOptions options, process::SystemRunner& runner);
  ~Edge();
  Edge(const Edge&) = delete;
  Edge& operator=(const Edge&) = delete;

  // Writes the configuration, starts nginx, and returns when it takes connections. Fails with
  // kUnavailable (the port is taken, the API's host has no address, nginx does not start: its last
  // words), kNotFound (no nginx).
  // From then on nginx is started again should it end.
  Status Start();

  // Takes no new connections, lets running requests end for at most `grace`, then ends nginx.
  void Stop(std::chrono::milliseconds grace);

  // Whether nginx runs.
  [[nodiscard]] bool healthy() const { return healthy_; }

  // How often nginx ended by itself and was started again.
  [[nodiscard]] int64_t restarts() const { return restarts_; }

  // What nginx counts. Fails with kUnavailable or kDeadlineExceeded while it does not answer.
  Result<NginxStatus> ReadStatus() const;

  // "" while nginx runs and the API behind it answers, else which of them does not. Asked through
  // nginx, the way that requests go, at most once a second: whoever asks more often gets the last
  // answer. Takes less than a second.
  std::string NotReady();

 private:
  struct Readiness {
    std::string reason;
    std::chrono::steady_clock::time_point at;
  };

  Status BindStatusSocket();
  Status CheckUpstream() const;
  Status CheckPort() const;
  Status Launch();
  void Watch();
  void OnLine(std::string_view line);

  EdgeOptions options_;
  process::SystemRunner& runner_;
  std::string config_path_;
  UniqueFd run_dir_;  // See BindStatusSocket.
  std::mutex mutex_;
  std::string last_stderr_;
  std::unique_ptr<process::Child> child_;
  std::atomic<bool> healthy_{false};
  std::atomic<bool> stopping_{false};
  std::atomic<int64_t> restarts_{0};
  std::mutex readiness_mutex_;
  std::optional<Readiness> readiness_;
  std::thread watcher_;
};

}  // namespace matinee::edge
