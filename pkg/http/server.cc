#include "http/server.h"

#include <utility>

#include "http/dispatcher.h"
#include "http/listener.h"

namespace matinee::http {
namespace {

ListenerOptions ToListenerOptions(const ServerOptions& options) {
  ListenerOptions result;
  result.name = options.name;
  result.address = options.address;
  result.port = options.port;
  result.threads = options.network_threads;
  result.connections_max = options.connections_max;
  result.limits = {options.body_bytes_max, options.target_bytes_max};
  return result;
}

}  // namespace

struct Server::Impl {
  Impl(const ServerOptions& options, std::vector<Route> routes, Metrics* metrics)
      : dispatcher(options, std::move(routes), metrics),
        listener(ToListenerOptions(options), [this](RawRequest raw, Send send) {
          dispatcher.Handle(std::move(raw), std::move(send));
        }) {}

  Dispatcher dispatcher;
  Listener listener;
};

Server::Server(const ServerOptions& options, std::vector<Route> routes, Metrics* metrics)
    : impl_(std::make_unique<Impl>(options, std::move(routes), metrics)) {}

Server::~Server() {
  Stop();
}

Status Server::Start() {
  return impl_->listener.Start();
}

uint16_t Server::port() const {
  return impl_->listener.port();
}

bool Server::Drain(std::chrono::milliseconds limit) {
  return impl_->dispatcher.Drain(limit);
}

void Server::Stop() {
  impl_->dispatcher.Stop();
  impl_->listener.Stop();
}

}  // namespace matinee::http
