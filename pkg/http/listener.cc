// The faults of Pistache 0.0.5, each reproduced, and their workarounds here:
//
// - Its router runs a regular expression over the path and crashes on 15 000 slashes; HEAD on a GET
//   route is 405 with a body; routes are inserted at run time without a lock. Not used: the
//   target is taken from the raw request line, checked for its length before anything is parsed,
//   and matched by our own Router. That also keeps repeated query parameters, which Pistache drops.
// - A handler's exception ends the process, or its text is sent to the client. OnInput catches all.
// - Headers that it parses into types (Accept, Cookie, Cache-Control, Date, ...) give 500 with the
//   exception's text when they are malformed. Here that is a plain 400, and nginx in front removes
//   them. Cookies, which other programs on the same host may have set, are taken out of the head
//   before Pistache sees it.
// - A request over the limit gets one 413 for each 4 KB, and its rest is parsed as new requests.
//   Here a refused connection gets one answer, and what it sends after that is ignored.
// - An answer goes through a queue by descriptor number: if the client disconnects in between,
//   another client may get the number and the answer; a stalled reader makes the network thread
//   spin forever; a disconnect at the wrong moment ends the process ("could not find write data").
//   Here answers are written to the socket directly, with a timeout, under a lock that disconnects
//   take.
// - "Connection: close" and HTTP/1.0 are answered with "Close" but never closed, and without a
//   Connection header every answer says "Close". Here: HTTP/1.1 keeps alive, the rest closes.
// - Its timeouts count from the request, so an answer after kNetworkTimeout is too late; answers
//   later than kAnswerLimit are dropped.
// - It accepts connections without a limit, until the process has no descriptors left. Here one
// that
//   is too many closes the connection that has been idle for longest.
// - Pipelined requests are lost. Here a request that comes before the previous answer closes the
//   connection. nginx never pipelines.
#include "http/listener.h"

#include <pistache/endpoint.h>
#include <pistache/http.h>
#include <pistache/peer.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "http/target.h"
#include "telemetry/log.h"

namespace matinee::http {
namespace {

using SteadyClock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::seconds;

// The timeout of headers, body and idle connections. nginx's keepalive_timeout to the API is
// shorter, so that nginx never writes to a connection that is being closed here.
constexpr seconds kNetworkTimeout{75};
constexpr seconds kAnswerLimit{60};
// nginx reads at once; a client that does not read for so long is disconnected.
constexpr milliseconds kWriteLimit{5000};
constexpr milliseconds kStopLimit{1000};
constexpr const char* kConnectionKey = "matinee.connection";

class Connection;

// What is kept of a request's head until the request is complete.
struct Head {
  std::string first_line;
  std::optional<std::string> cookies;
};

// Registers the open connections, so that Stop can close them, and limits their number.
class Registry {
 public:
  explicit Registry(size_t connections_max) : connections_max_(connections_max) {}

  void Add(const std::shared_ptr<Connection>& connection) {
    {
      const std::lock_guard lock(mutex_);
      connections_[connection.get()] = connection;
      if (connections_.size() <= connections_max_) return;
    }
    Evict(connection);
  }
  void Remove(const Connection* connection) {
    {
      const std::lock_guard lock(mutex_);
      connections_.erase(connection);
      if (!connections_.empty()) return;
    }
    empty_.notify_all();
  }
  std::vector<std::shared_ptr<Connection>> All() {
    const std::lock_guard lock(mutex_);
    std::vector<std::shared_ptr<Connection>> all;
    for (const auto& [key, weak] : connections_) {
      if (auto connection = weak.lock()) all.push_back(std::move(connection));
    }
    return all;
  }
  void AwaitEmpty(milliseconds limit) {
    std::unique_lock lock(mutex_);
    empty_.wait_for(lock, limit, [this] { return connections_.empty(); });
  }

 private:
  // Closes the connection that has been idle for longest, or `added` if the others are at work.
  void Evict(const std::shared_ptr<Connection>& added);

  const size_t connections_max_;
  std::mutex mutex_;
  std::condition_variable empty_;
  std::map<const Connection*, std::weak_ptr<Connection>> connections_;
};

// A client's connection. Input arrives on its network thread, answers from any thread.
class Connection {
 public:
  Connection(const std::shared_ptr<Pistache::Tcp::Peer>& peer, std::shared_ptr<Registry> registry)
      : fd_(peer->fd()),
        address_(peer->address().host()),
        peer_(peer),
        registry_(std::move(registry)) {}
  ~Connection() { registry_->Remove(this); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  [[nodiscard]] const std::string& address() const { return address_; }

  // Returns since when it waits for input, or nullopt while it does something else.
  std::optional<SteadyClock::time_point> IdleSince() {
    const std::unique_lock lock(mutex_, std::try_to_lock);  // Write holds it for kWriteLimit.
    return lock && state_ == State::kReading ? std::optional(since_) : std::nullopt;
  }

  // Closes the connection unless it is at work; returns whether it did.
  bool CloseIfIdle() {
    const std::unique_lock lock(mutex_, std::try_to_lock);
    if (!lock || state_ != State::kReading) return false;
    state_ = State::kRefused;
    shutdown(fd_, SHUT_RDWR);
    return true;
  }

  // Whether input may be read now as (part of) a request.
  bool MayRead() {
    const std::lock_guard lock(mutex_);
    if (state_ == State::kWorking) {
      shutdown(fd_, SHUT_RDWR);
      state_ = State::kRefused;
    }
    if (state_ == State::kReading) since_ = SteadyClock::now();
    return state_ == State::kReading;
  }

  // Collects the head of a request. Once it is good, its bytes and all later ones go to Pistache.
  HeadState AddToHead(std::string_view input, const HeadLimits& limits) {
    input_ += input;
    return CheckHead(input_, limits);
  }

  [[nodiscard]] bool HeadIsComplete() const { return head_is_complete_; }
  [[nodiscard]] std::string TakeHead() {
    head_is_complete_ = true;
    head_.first_line = input_.substr(0, input_.find("\r\n"));
    head_.cookies = RemoveCookies(input_);
    return std::exchange(input_, "");
  }

  // Marks the request as complete: nothing is read until it is answered.
  Head BeginWork(Pistache::Tcp::Peer& peer) {
    const std::lock_guard lock(mutex_);
    state_ = State::kWorking;
    since_ = SteadyClock::now();
    peer.setIdle(false);
    head_is_complete_ = false;
    return std::exchange(head_, {});
  }

  void Answer(std::string_view wire, bool close) {
    const std::lock_guard lock(mutex_);
    if (state_ == State::kWorking && SteadyClock::now() - since_ < kAnswerLimit) Write(wire, close);
  }

  // Sends an error answer once; later input is ignored.
  void Refuse(std::string_view wire) {
    const std::lock_guard lock(mutex_);
    if (state_ == State::kReading) Write(wire, true);
  }

  // Called before the network thread closes the descriptor.
  void OnDisconnect() {
    {
      const std::lock_guard lock(mutex_);
      state_ = State::kClosed;
    }
    registry_->Remove(this);
  }

  void Hangup() {
    const std::lock_guard lock(mutex_);
    if (state_ != State::kClosed && !peer_.expired()) shutdown(fd_, SHUT_RDWR);
  }

 private:
  enum class State { kReading, kWorking, kRefused, kClosed };

  // Requires mutex_: OnDisconnect waits for it, so the descriptor stays open during the write.
  void Write(std::string_view wire, bool close) {
    const auto peer = peer_.lock();
    if (peer == nullptr) return;
    const bool written = WriteAll(wire);
    peer->setIdle(true);
    state_ = written && !close ? State::kReading : State::kRefused;
    since_ = SteadyClock::now();
    // Input is read and ignored until the client closes: closing a socket with unread input would
    // discard the answer too.
    if (state_ == State::kRefused) shutdown(fd_, written ? SHUT_WR : SHUT_RDWR);
  }

  bool WriteAll(std::string_view wire) {
    const auto until = SteadyClock::now() + kWriteLimit;
    while (!wire.empty()) {
      const ssize_t sent = send(fd_, wire.data(), wire.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent >= 0) {
        wire.remove_prefix(static_cast<size_t>(sent));
      } else if (errno == EAGAIN) {
        const auto left = std::chrono::ceil<milliseconds>(until - SteadyClock::now());
        pollfd entry{fd_, POLLOUT, 0};
        if (left.count() <= 0 || poll(&entry, 1, static_cast<int>(left.count())) == 0) return false;
      } else if (errno != EINTR) {
        return false;
      }
    }
    return true;
  }

  const int fd_;
  const std::string address_;
  const std::weak_ptr<Pistache::Tcp::Peer> peer_;
  const std::shared_ptr<Registry> registry_;
  // Used by the network thread only.
  std::string input_;  // Until the head is complete.
  bool head_is_complete_ = false;
  Head head_;

  std::mutex mutex_;
  State state_ = State::kReading;
  SteadyClock::time_point since_ = SteadyClock::now();  // Of the last input, or of the state.
};

void Registry::Evict(const std::shared_ptr<Connection>& added) {
  using Idle = std::pair<SteadyClock::time_point, std::shared_ptr<Connection>>;
  std::vector<Idle> idle;
  for (auto& connection : All()) {
    if (connection == added) continue;
    if (const auto since = connection->IdleSince())
      idle.emplace_back(*since, std::move(connection));
  }
  std::sort(idle.begin(), idle.end());
  const bool closed = std::any_of(idle.begin(), idle.end(),
                                  [](const Idle& entry) { return entry.second->CloseIfIdle(); });
  if (!closed) added->CloseIfIdle();
}

bool HasToken(std::string_view list, std::string_view token) {
  for (const std::string_view entry : Split(list, ',')) {
    if (EqualsIgnoreCase(Trim(entry), token)) return true;
  }
  return false;
}

std::map<std::string, std::string> LowerCaseHeaders(const Pistache::Http::Request& request) {
  std::map<std::string, std::string> headers;
  for (const auto& [name, raw] : request.headers().rawList()) {
    headers[ToLower(name)] = std::string(Trim(raw.value()));
  }
  return headers;
}

enum class Parsed { kMore, kDone, kTooLarge, kMalformed };

Parsed Feed(Pistache::Http::RequestParser& parser, std::string_view input) {
  try {
    if (!parser.feed(input.data(), input.size())) return Parsed::kTooLarge;
    return parser.parse() == Pistache::Http::Private::State::Done ? Parsed::kDone : Parsed::kMore;
  } catch (const std::exception&) {
    return Parsed::kMalformed;
  }
}

// Holds the Connection in Pistache's peer data. Only code of Matinee touches the pointer's count,
// which the thread sanitizer sees.
struct Holder {
  std::shared_ptr<Connection> connection;
};

// The state that all network threads share.
struct Core {
  ListenerOptions options;
  Listener::OnRequest on_request;
  std::shared_ptr<Registry> registry = std::make_shared<Registry>(options.connections_max);
};

// Pistache copies it once for each network thread.
class NetworkHandler final : public Pistache::Http::Handler {
 public:
  HTTP_PROTOTYPE(NetworkHandler)

  explicit NetworkHandler(std::shared_ptr<Core> core) : core_(std::move(core)) {}

  // Never called: onInput, its only caller, is overridden.
  void onRequest(const Pistache::Http::Request& /*request*/,
                 Pistache::Http::ResponseWriter /*response*/) override {}

 private:
  void onConnection(const std::shared_ptr<Pistache::Tcp::Peer>& peer) override {
    peer->putData(ParserData, std::make_shared<Pistache::Http::RequestParser>(
                                  core_->options.limits.request_bytes_max));
    auto connection = std::make_shared<Connection>(peer, core_->registry);
    core_->registry->Add(connection);
    peer->putData(kConnectionKey, std::make_shared<Holder>(Holder{std::move(connection)}));
  }

  void onDisconnection(const std::shared_ptr<Pistache::Tcp::Peer>& peer) override {
    ConnectionOf(*peer)->OnDisconnect();
  }

  void onInput(const char* data, size_t length,
               const std::shared_ptr<Pistache::Tcp::Peer>& peer) override {
    try {
      OnInput({data, length}, peer);
    } catch (const std::exception& exception) {
      Log(Severity::kError, "http", "request was not handled", {{"what", exception.what()}});
    } catch (...) {
      Log(Severity::kError, "http", "request was not handled");
    }
  }

  static std::shared_ptr<Connection> ConnectionOf(const Pistache::Tcp::Peer& peer) {
    return std::static_pointer_cast<Holder>(peer.getData(kConnectionKey))->connection;
  }

  void OnInput(std::string_view input, const std::shared_ptr<Pistache::Tcp::Peer>& peer) {
    const auto connection = ConnectionOf(*peer);
    if (!connection->MayRead()) return;
    if (connection->HeadIsComplete()) return OnBytes(input, connection, peer);
    switch (connection->AddToHead(input, core_->options.limits)) {
      case HeadState::kIncomplete:
        return;
      case HeadState::kTargetTooLong:
        return connection->Refuse(
            SerializeError(414, "uri_too_long", "Address too long", "The address is too long."));
      case HeadState::kTooLarge:
        return connection->Refuse(TooLarge());
      case HeadState::kMalformed:
        return connection->Refuse(Malformed());
      case HeadState::kGood:
        return OnBytes(connection->TakeHead(), connection, peer);
    }
  }

  void OnBytes(std::string_view input, const std::shared_ptr<Connection>& connection,
               const std::shared_ptr<Pistache::Tcp::Peer>& peer) {
    const auto parser = getParser(peer);
    switch (Feed(*parser, input)) {
      case Parsed::kMore:
        return;
      case Parsed::kTooLarge:
        return connection->Refuse(TooLarge());
      case Parsed::kMalformed:
        return connection->Refuse(Malformed());
      case Parsed::kDone:
        return OnRequest(*parser, connection, *peer);
    }
  }

  void OnRequest(Pistache::Http::RequestParser& parser,
                 const std::shared_ptr<Connection>& connection, Pistache::Tcp::Peer& peer) {
    RawRequest raw;
    raw.headers = LowerCaseHeaders(parser.request);
    raw.body = std::as_const(parser.request).body();
    parser.reset();  // Also starts the timeout of the answer and the next request.
    const Head head = connection->BeginWork(peer);
    if (head.cookies) raw.headers["cookie"] = *head.cookies;
    const auto line = ParseRequestLine(head.first_line);
    if (!line) return connection->Answer(Malformed(), true);
    raw.peer = connection->address();
    raw.method = line->method;
    raw.target = line->target;
    const auto header = raw.headers.find("connection");
    const bool close =
        !line->is_http_1_1 || (header != raw.headers.end() && HasToken(header->second, "close"));
    raw.close = close;
    core_->on_request(std::move(raw), [connection, close](const std::string& wire) {
      connection->Answer(wire, close);
    });
  }

  static std::string Malformed() {
    return SerializeError(400, "malformed", "Malformed request", "The request is not valid HTTP.");
  }

  static std::string TooLarge() {
    return SerializeError(413, "too_large", "Too large", "The request is too large.");
  }

  std::shared_ptr<Core> core_;
};

Pistache::Address ToAddress(const std::string& address, uint16_t port) {
  const bool is_ipv6 = address.find(':') != std::string::npos;
  return {is_ipv6 ? "[" + address + "]" : address, Pistache::Port(port)};
}

}  // namespace

struct Listener::Impl {
  std::shared_ptr<Core> core;
  std::unique_ptr<Pistache::Http::Endpoint> endpoint;
  uint16_t port = 0;
};

Listener::Listener(ListenerOptions options, OnRequest on_request)
    : impl_(std::make_unique<Impl>()) {
  impl_->core = std::make_shared<Core>(Core{std::move(options), std::move(on_request)});
}

Listener::~Listener() {
  Stop();
}

Status Listener::Start() {
  const ListenerOptions& options = impl_->core->options;
  try {
    auto endpoint =
        std::make_unique<Pistache::Http::Endpoint>(ToAddress(options.address, options.port));
    using Pistache::Tcp::Options;
    endpoint->init(Pistache::Http::Endpoint::options()
                       .threads(static_cast<int>(options.threads))
                       .threadsName(options.name)
                       .flags(Options::ReuseAddr | Options::NoDelay | Options::CloseOnExec)
                       .maxRequestSize(options.limits.request_bytes_max)
                       .headerTimeout(kNetworkTimeout)
                       .bodyTimeout(kNetworkTimeout)
                       .keepaliveTimeout(kNetworkTimeout));
    endpoint->setHandler(std::make_shared<NetworkHandler>(impl_->core));
    endpoint->serveThreaded();
    impl_->port = static_cast<uint16_t>(endpoint->getPort());
    impl_->endpoint = std::move(endpoint);
  } catch (const std::exception& exception) {
    return Fail(Code::kUnavailable, "cannot listen on " + options.address + ":" +
                                        std::to_string(options.port) + ": " + exception.what());
  }
  return {};
}

uint16_t Listener::port() const {
  return impl_->port;
}

void Listener::Stop() {
  if (impl_->endpoint == nullptr) return;
  // Pistache would drop its connections without closing them.
  for (const auto& connection : impl_->core->registry->All()) connection->Hangup();
  impl_->core->registry->AwaitEmpty(kStopLimit);
  impl_->endpoint->shutdown();
  impl_->endpoint.reset();
}

}  // namespace matinee::http
