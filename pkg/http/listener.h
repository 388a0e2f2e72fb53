// Wraps Pistache: it accepts, polls, reads and parses; parsed requests go to `on_request`. Works
// around Pistache's faults (see listener.cc).
//
// Thread safety: Start and Stop from one thread. `on_request` is called on network threads and must
// not block; its Send may be called from any thread, once, also after Stop.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "http/dispatcher.h"
#include "http/request_head.h"

namespace matinee::http {

struct ListenerOptions {
  std::string name;
  std::string address;  // IPv4 or IPv6 literal.
  uint16_t port = 0;
  size_t threads = 1;
  size_t connections_max = 512;
  HeadLimits limits;
};

class Listener {
 public:
  using OnRequest = std::function<void(RawRequest, Send)>;

  Listener(ListenerOptions options, OnRequest on_request);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // Fails with kUnavailable if the port cannot be bound.
  Status Start();
  [[nodiscard]] uint16_t port() const;
  // Closes all connections and joins the threads. May be called twice.
  void Stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace matinee::http
