// The HTTP server: Pistache behind an adapter that works around its faults (see the top of
// listener.cc). For small JSON answers only; nginx delivers files (answer with X-Accel-Redirect).
// Bind the API to loopback, behind nginx.
//
// Thread safety: Start, Drain and Stop from one thread; handlers run on several.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "http/guard.h"
#include "http/host_policy.h"
#include "http/message.h"
#include "telemetry/metrics.h"

namespace matinee::http {

struct ServerOptions {
  std::string name = "api";  // Label in logs and thread names.
  std::string address = "127.0.0.1";
  uint16_t port = 0;  // 0: the system chooses; see port().
  size_t network_threads = 2;
  // One more closes the connection that has been idle for longest; if all are at work, itself.
  // Below the descriptors that a process may have: 1024 by default.
  size_t connections_max = 512;
  size_t executor_threads = 4;
  size_t executor_queue_max = 256;  // A home has a dozen clients; more is overload.
  size_t body_bytes_max = 65536;    // With headers; the largest known request is < 1 KiB.
  size_t target_bytes_max = 4096;   // Longer request targets get 414.
  // Which names in the Host header are answered; others get 421. A server that browsers reach needs
  // a policy.
  HostPolicy hosts = HostPolicy::AllowAll();
  // Each request is a SERVER span in its caller's trace, and each answer of 500 and more is logged.
  // False for servers that are polled every few seconds.
  bool traced = true;
  // Matinee's nginx is in front: the last address in X-Forwarded-For is the client's.
  bool proxied = false;
  // Decides who may call routes above kPublic.
  std::shared_ptr<const Authenticator> authenticator = GrantAll();
  // Run in this order after those that every server has (host, content type, body limit).
  Guards guards;
};

class Server {
 public:
  // `metrics` may be null (the metrics server itself) and must outlive the server.
  Server(const ServerOptions& options, std::vector<Route> routes, Metrics* metrics);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Binds and starts serving; call it once. Fails with kUnavailable if the port is in use.
  Status Start();
  [[nodiscard]] uint16_t port() const;

  // Waits until no request is in flight, at most `limit`. New ones are still answered.
  bool Drain(std::chrono::milliseconds limit);
  // Runs what the executor has accepted, then closes all connections. Later calls of Responders do
  // nothing.
  void Stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace matinee::http
