// From a parsed request to the bytes of its answer: rules that hold for every route, the route, the
// executor, metrics and the access log. Knows nothing of sockets.
//
// Thread safety: all methods may be called from any thread; see Stop.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "http/message.h"
#include "http/server.h"
#include "telemetry/metrics.h"

namespace matinee::http {

// A request as it came off the network.
struct RawRequest {
  std::string method;                          // Any token, as sent.
  std::string target;                          // As sent.
  std::map<std::string, std::string> headers;  // Names in lower case.
  std::string body;
  bool close = false;  // The connection will be closed after the answer.
};

// Takes the bytes of the answer to the client; called once, from any thread.
using Send = std::function<void(std::string wire)>;

class Dispatcher {
 public:
  Dispatcher(const ServerOptions& options, std::vector<Route> routes, Metrics* metrics);
  ~Dispatcher();
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;

  // Sees to it that `send` is called, unless Stop comes first.
  void Handle(RawRequest raw, Send send);

  // Waits until no request is being worked on, at most `limit`.
  bool Drain(std::chrono::milliseconds limit);

  // Runs what the executor has accepted; afterwards no `send` is called any more, whatever late
  // Responders do.
  void Stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The bytes of an answer to what is no request at all; the connection is closed after it.
std::string SerializeError(int status, std::string_view code, std::string_view title,
                           std::string_view detail);

}  // namespace matinee::http
