// nginx as a child: in front of the API, on the port that people use.
//
// Thread safety: Start and Stop from one thread; healthy() from any.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "base/result.h"
#include "edge/nginx_config.h"
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
  // kUnavailable (the port is taken, nginx does not start: its last words), kNotFound (no nginx).
  // From then on nginx is started again should it end.
  Status Start();

  // Takes no new connections, lets running requests end for at most `grace`, then ends nginx.
  void Stop(std::chrono::milliseconds grace);

  // Whether nginx runs.
  [[nodiscard]] bool healthy() const { return healthy_; }

 private:
  Status CheckPort() const;
  Status Launch();
  void Watch();
  void OnLine(std::string_view line);

  EdgeOptions options_;
  process::SystemRunner& runner_;
  std::string config_path_;
  std::mutex mutex_;
  std::string last_words_;
  std::unique_ptr<process::Child> child_;
  std::atomic<bool> healthy_{false};
  std::atomic<bool> stopping_{false};
  std::thread watcher_;
};

}  // namespace matinee::edge
