// Turns a parsed request into the bytes of its answer: routing, guards, executor, metrics and
// access log. Independent of sockets.
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

// A request as received from the network.
struct RawRequest {
  std::string method;                          // Any token, as sent.
  std::string target;                          // As sent.
  std::map<std::string, std::string> headers;  // Names in lower case.
  std::string body;
  std::string peer;    // The IP address at the other end of the connection.
  bool close = false;  // The connection will be closed after the answer.
};

// Sends the bytes of the answer to the client; called once, from any thread.
using Send = std::function<void(std::string wire)>;

class Dispatcher {
 public:
  Dispatcher(const ServerOptions& options, std::vector<Route> routes, Metrics* metrics);
  ~Dispatcher();
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;

  // Calls `send` once, now or later, unless Stop comes first.
  void Handle(RawRequest raw, Send send);

  // Waits until no request is in flight, at most `limit`.
  bool Drain(std::chrono::milliseconds limit);

  // Runs what the executor has accepted. After it `send` is never called, even if a Responder is
  // called late.
  void Stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Returns the bytes of an answer to input that is not a valid request; the connection is closed
// after it.
std::string SerializeError(int status, std::string_view code, std::string_view title,
                           std::string_view detail);

}  // namespace matinee::http
