#include "live/server.h"

// Before Asio, whose awaitable.hpp uses std::exchange without it (Boost 1.74).
#include <utility>
//
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <future>
#include <optional>
#include <set>
#include <thread>

#include "base/ids.h"
#include "live/hub.h"
#include "live/inbox.h"
#include "live/request_check.h"
#include "telemetry/log.h"

namespace matinee::live {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using boost::system::error_code;
using http::Response;

constexpr const char* kLogger = "live";
constexpr std::chrono::seconds kCheckInterval{1};
// Events that wait for the server's thread.
constexpr size_t kInboxEventsMax = 1024;
// Of the kernel, for each connection.
constexpr int kSendBufferBytes = 16 * 1024;
// A client has nothing to send after its head; a body that is refused is read this far, so that the
// client can read the answer.
constexpr size_t kIgnoredBytesMax = 64 * 1024;

std::string HeadOfStream() {
  return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n"
         "X-Content-Type-Options: nosniff\r\nX-Accel-Buffering: no\r\nConnection: close\r\n\r\n";
}

std::string Serialize(const Response& response, bool with_body) {
  const auto status = static_cast<beast::http::status>(response.status);
  const auto reason = beast::http::obsolete_reason(status);
  std::string text = "HTTP/1.1 " + std::to_string(response.status) + " ";
  text.append(reason.data(), reason.size());
  text += "\r\nContent-Type: " + response.content_type;
  text += "\r\nContent-Length: " + std::to_string(response.body.size());
  text += "\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n";
  for (const auto& [name, value] : response.headers)
    text.append(name).append(": ").append(value).append("\r\n");
  return text + "\r\n" + (with_body ? response.body : "");
}

std::string_view View(const boost::string_view& text) {
  return {text.data(), text.size()};
}

class Connection;

// What the connections share. Only the server's thread uses it.
struct Core {
  Core(ServerOptions server_options, const Clock& server_clock, Metrics& metrics)
      : options(std::move(server_options)),
        clock(server_clock),
        hub(options.topics, NewId(server_clock), metrics) {}

  const ServerOptions options;
  const Clock& clock;
  asio::io_context io{1};  // One thread runs it.
  Hub hub;
  std::set<std::shared_ptr<Connection>> connections;
};

// One request: reads its head, and sends an error or the stream.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(tcp::socket socket, Core& core) : core_(core), socket_(std::move(socket)) {
    error_code ignored;
    socket_.set_option(asio::socket_base::send_buffer_size(kSendBufferBytes), ignored);
    socket_.set_option(tcp::no_delay(true), ignored);
    parser_.emplace();
    parser_->header_limit(kHeadBytesMax);
    listener_.on_message = [this] { SendQueued(); };
  }

  void Start() {
    SetDeadline(kHeadTimeMax);
    beast::http::async_read_header(
        socket_, buffer_, *parser_,
        [self = shared_from_this()](error_code error, size_t) { self->OnHead(error); });
  }

  void CheckDeadline(MonoTime now) {
    if (deadline_ && now >= *deadline_) Close();
  }

  void Close() {
    error_code ignored;
    socket_.close(ignored);
    core_.hub.Remove(listener_);
    core_.connections.erase(shared_from_this());
  }

 private:
  void SetDeadline(std::chrono::seconds limit) { deadline_ = core_.clock.Mono() + limit; }

  void OnHead(error_code error) {
    if (!socket_.is_open()) return;
    if (error == beast::http::error::header_limit || error == beast::http::error::buffer_overflow) {
      return Refuse(Response::Problem(431, "malformed", "Request head too large",
                                      "The head of a request may have at most 8 KiB."));
    }
    static const auto& parse_errors = beast::http::make_error_code({}).category();
    if (error && error.category() == parse_errors && buffer_.size() > 0) {
      return Refuse(Response::FromError({Code::kMalformed, "The request is not valid HTTP."}));
    }
    if (error) return Close();
    const auto& request = parser_->get();
    RequestHead head{View(request.method_string()), View(request.target()), {}};
    if (const auto host = request.find(beast::http::field::host); host != request.end()) {
      head.host = View(host->value());
    }
    is_head_ = head.method == "HEAD";
    if (const auto refused = RefuseRequest(head, core_.options.hosts)) {
      return Refuse(*refused);
    }
    if (is_head_) return SendLast(HeadOfStream());
    std::optional<std::string> last_event_id;
    if (const auto id = request.find("Last-Event-ID"); id != request.end()) {
      last_event_id = View(id->value());
    }
    Stream(last_event_id);
  }

  void Stream(const std::optional<std::string>& last_event_id) {
    if (const std::string problem = core_.options.problem(); !problem.empty()) {
      return Refuse(Response::FromError({Code::kUnavailable, problem}));
    }
    writing_ = true;  // The head comes first.
    if (!core_.hub.Add(listener_, last_event_id)) {
      return Refuse(
          Response::FromError({Code::kUnavailable, "Too many pages listen to events here."}));
    }
    parser_.reset();
    buffer_.clear();
    buffer_.shrink_to_fit();
    Write({std::make_shared<const std::string>(HeadOfStream())});
    ReadToTheEnd();
  }

  void SendQueued() {
    if (!writing_ && !listener_.outbox.empty()) Write(listener_.outbox.TakeAll());
  }

  void Write(std::vector<Message> messages) {
    writing_ = true;
    SetDeadline(kStuckTimeMax);
    in_flight_ = std::move(messages);
    std::vector<asio::const_buffer> buffers;
    buffers.reserve(in_flight_.size());
    for (const Message& message : in_flight_) buffers.push_back(asio::buffer(*message));
    asio::async_write(socket_, buffers, [self = shared_from_this()](error_code error, size_t) {
      if (error) return self->Close();
      self->writing_ = false;
      self->in_flight_.clear();
      self->deadline_.reset();
      self->SendQueued();
    });
  }

  void Refuse(const Response& response) { SendLast(Serialize(response, !is_head_)); }

  void SendLast(std::string text) {
    SetDeadline(kHeadTimeMax);
    last_ = std::move(text);
    asio::async_write(socket_, asio::buffer(last_),
                      [self = shared_from_this()](error_code error, size_t) {
                        if (error) return self->Close();
                        error_code ignored;
                        self->socket_.shutdown(tcp::socket::shutdown_send, ignored);
                        self->ReadToTheEnd();
                      });
  }

  // Until the client closes the connection. Closed with unread bytes, it would be reset, and the
  // client could lose the answer.
  void ReadToTheEnd() {
    socket_.async_read_some(asio::buffer(ignored_),
                            [self = shared_from_this()](error_code error, size_t bytes) {
                              self->ignored_bytes_ += bytes;
                              if (error || self->ignored_bytes_ > kIgnoredBytesMax) {
                                return self->Close();
                              }
                              self->ReadToTheEnd();
                            });
  }

  Core& core_;
  tcp::socket socket_;
  std::optional<MonoTime> deadline_;
  beast::flat_buffer buffer_{kHeadBytesMax};
  std::optional<beast::http::request_parser<beast::http::empty_body>> parser_;
  bool is_head_ = false;
  std::string last_;
  Listener listener_;
  bool writing_ = false;
  std::vector<Message> in_flight_;
  std::array<char, 512> ignored_{};
  size_t ignored_bytes_ = 0;
};

}  // namespace

struct Server::Impl {
  Impl(ServerOptions options, coord::EventBus& event_bus, const Clock& clock, Metrics& metrics)
      : core(std::move(options), clock, metrics), bus(event_bus) {}

  Status Listen();
  void Accept();
  void OnAccept(error_code error, tcp::socket socket);
  void OnEvent(const coord::Event& event);
  void CheckDeadlines();
  void CheckLater();
  void CheckProblem();
  void CloseConnections();
  // Runs `task` on the server's thread, and waits for it.
  void Run(const std::function<void()>& task);

  Core core;
  coord::EventBus& bus;
  Inbox inbox{kInboxEventsMax};
  tcp::acceptor acceptor{core.io};
  bool was_available = true;
  bool accepting = false;  // False after an error, until the next check.
  asio::steady_timer timer{core.io};
  MonoTime last_heartbeat;
  uint16_t port = 0;
  std::optional<coord::EventBus::ListenerId> subscription;
  std::thread thread;
};

Status Server::Impl::Listen() {
  const std::string& address = core.options.address;
  const auto fail = [&](const error_code& error) {
    return Fail(Code::kUnavailable, "cannot listen on " + address + " port " +
                                        std::to_string(core.options.port) + ": " + error.message());
  };
  error_code error;
  tcp::resolver resolver(core.io);
  const auto found =
      resolver.resolve(address, std::to_string(core.options.port), tcp::resolver::passive, error);
  if (error) return fail(error);
  const tcp::endpoint endpoint = found.begin()->endpoint();
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return fail(error);
  port = acceptor.local_endpoint(error).port();
  return {};
}

void Server::Impl::Accept() {
  accepting = true;
  acceptor.async_accept(
      [this](error_code error, tcp::socket socket) { OnAccept(error, std::move(socket)); });
}

void Server::Impl::OnAccept(error_code error, tcp::socket socket) {
  if (!acceptor.is_open()) return;
  if (error) {  // Out of descriptors: the next check tries again.
    accepting = false;
    return Log(Severity::kWarn, kLogger, "cannot accept a connection",
               {{"reason", error.message()}});
  }
  if (core.connections.size() < kListenersMax + kOtherConnectionsMax) {
    auto connection = std::make_shared<Connection>(std::move(socket), core);
    core.connections.insert(connection);
    connection->Start();
  }
  Accept();
}

void Server::Impl::OnEvent(const coord::Event& event) {
  if (!inbox.Put(event)) return;
  asio::post(core.io, [this] {
    for (const coord::Event& queued : inbox.TakeAll()) core.hub.OnEvent(queued);
  });
}

void Server::Impl::CheckDeadlines() {
  const MonoTime now = core.clock.Mono();
  if (now - last_heartbeat >= kHeartbeatInterval) {
    last_heartbeat = now;
    core.hub.SendHeartbeat();
  }
  const auto all = core.connections;
  for (const auto& connection : all) connection->CheckDeadline(now);
  CheckProblem();
  if (!accepting && acceptor.is_open()) Accept();
}

void Server::Impl::CheckProblem() {
  const bool is_available = core.options.problem().empty();
  if (was_available && !is_available) CloseConnections();
  was_available = is_available;
}

void Server::Impl::CheckLater() {
  timer.expires_after(kCheckInterval);
  timer.async_wait([this](error_code error) {
    if (error) return;
    CheckDeadlines();
    CheckLater();
  });
}

void Server::Impl::CloseConnections() {
  const auto all = core.connections;
  for (const auto& connection : all) connection->Close();
}

void Server::Impl::Run(const std::function<void()>& task) {
  if (!thread.joinable()) return;
  std::promise<void> done;
  asio::post(core.io, [&] {
    task();
    done.set_value();
  });
  done.get_future().wait();
}

Server::Server(ServerOptions options, coord::EventBus& bus, const Clock& clock, Metrics& metrics)
    : impl_(std::make_unique<Impl>(std::move(options), bus, clock, metrics)) {}

Server::~Server() {
  Stop();
}

Status Server::Start() {
  TRY(impl_->Listen());
  impl_->last_heartbeat = impl_->core.clock.Mono();
  impl_->Accept();
  impl_->CheckLater();
  // Every topic, as resyncs would arrive once a subscription.
  impl_->subscription =
      impl_->bus.Subscribe("", [impl = impl_.get()](const auto& event) { impl->OnEvent(event); });
  impl_->thread = std::thread([impl = impl_.get()] { impl->core.io.run(); });
  return {};
}

uint16_t Server::port() const {
  return impl_->port;
}

void Server::Drain() {
  impl_->Run([this] {
    error_code ignored;
    impl_->acceptor.close(ignored);
    impl_->CloseConnections();
  });
}

void Server::Stop() {
  if (impl_->subscription) impl_->bus.Unsubscribe(*impl_->subscription);
  impl_->subscription.reset();
  Drain();
  impl_->core.io.stop();
  if (impl_->thread.joinable()) impl_->thread.join();
}

void Server::CheckDeadlines() {
  impl_->Run([this] { impl_->CheckDeadlines(); });
}

}  // namespace matinee::live
