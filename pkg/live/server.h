// The server of GET /api/events: a stream of server-sent events for each open page, fed by the
// event bus. For many idle connections on one thread; everything else is the API's (pkg/http).
//
//   id: 0190….17
//   event: capture_changed
//   data: {"id":"0190…"}
//
// A client that reconnects with Last-Event-ID receives what it missed, or the event `resync` if the
// server does not know. A comment each 15 s keeps the connection open.
//
// Thread safety: port() from any thread, the rest from one.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "coord/event_bus.h"
#include "http/host_policy.h"
#include "live/topic.h"
#include "telemetry/metrics.h"

namespace matinee::live {

// With the head of the request line; browsers send under 1 KiB.
constexpr size_t kHeadBytesMax = 8192;
// How long the head of a request may take, and a client to read an error.
constexpr std::chrono::seconds kHeadTimeMax{10};
// How long a client may read nothing of what is sent to it.
constexpr std::chrono::seconds kStuckTimeMax{30};
constexpr std::chrono::seconds kHeartbeatInterval{15};
// Connections that are not listeners: they send their request, or read an error. Above the sum with
// kListenersMax, a connection is closed at once. All fit into the usual 1024 descriptors.
constexpr size_t kOtherConnectionsMax = 200;

struct ServerOptions {
  std::string address = "127.0.0.1";
  uint16_t port = 0;       // 0: the system chooses; see port().
  http::HostPolicy hosts;  // See RefuseRequest.
  std::vector<Topic> topics;
  // Returns why no events arrive now, or "". Called on the server's thread, each second and at each
  // request; must not block. While there is a reason, streams end and new ones are refused: pages
  // poll instead.
  std::function<std::string()> problem = [] { return std::string(); };
};

class Server {
 public:
  // Everything passed by reference must outlive the server. Deadlines are on `clock`.
  Server(ServerOptions options, coord::EventBus& bus, const Clock& clock, Metrics& metrics);
  ~Server();  // Stop().
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Binds and starts serving; call it once. Fails with kUnavailable if the address cannot be used.
  Status Start();
  [[nodiscard]] uint16_t port() const;

  // Closes the port and ends all streams; clients reconnect, to another process if there is one.
  void Drain();
  void Stop();

  // Checks all deadlines and the problem now, as happens each second. For tests, whose clock does
  // not run.
  void CheckDeadlines();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace matinee::live
