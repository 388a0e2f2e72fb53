// Raw sockets for tests: a client and a server that may violate HTTP.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/files.h"

namespace matinee::http {

constexpr int kSocketTimeoutMs = 60000;  // Against hanging.

inline sockaddr_in Loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// Whether input or the end of the connection arrives in time.
inline bool Readable(int fd, int timeout_ms = kSocketTimeoutMs) {
  pollfd entry{fd, POLLIN, 0};
  return poll(&entry, 1, timeout_ms) > 0;
}

class RawClient {
 public:
  explicit RawClient(uint16_t port) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    const sockaddr_in address = Loopback(port);
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    connected_ = connect(socket_.get(), generic, sizeof(address)) == 0;
  }

  [[nodiscard]] bool connected() const { return connected_; }
  [[nodiscard]] int fd() const { return socket_.get(); }
  void Close() { socket_.Reset(); }

  void Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
  }

  // Reads one answer, by its Content-Length; with `headers_only`, up to the empty line.
  std::string Receive(bool headers_only = false) {
    std::string text;
    while (true) {
      const size_t end = text.find("\r\n\r\n");
      if (end != std::string::npos && (headers_only || text.size() >= end + 4 + BodyLength(text))) {
        return text;
      }
      if (!ReadMore(text)) return text;
    }
  }

  // Reads until the server closes; appends "TIMEOUT" if it does not.
  std::string ReceiveToTheEnd() {
    std::string text;
    while (ReadMore(text)) {
    }
    return text;
  }

  std::string Ask(std::string_view request) {
    Send(request);
    return Receive();
  }

  // Whether nothing arrives for 100 ms.
  [[nodiscard]] bool IsQuiet() const { return !Readable(socket_.get(), 100); }

 private:
  static size_t BodyLength(const std::string& text) {
    const size_t at = text.find("Content-Length: ");
    return at == std::string::npos ? 0 : std::strtoul(text.c_str() + at + 16, nullptr, 10);
  }

  bool ReadMore(std::string& text) {
    if (!Readable(socket_.get())) {
      text += "TIMEOUT";
      return false;
    }
    std::array<char, 65536> buffer{};
    const ssize_t got = recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (got <= 0) return false;
    text.append(buffer.data(), static_cast<size_t>(got));
    return true;
  }

  UniqueFd socket_;
  bool connected_ = false;
};

// Calls `serve` with each connection, one after the other, on a dedicated thread.
class RawServer {
 public:
  explicit RawServer(std::function<void(int fd)> serve)
      : listener_(socket(AF_INET, SOCK_STREAM, 0)), serve_(std::move(serve)) {
    sockaddr_in address = Loopback(0);
    Start(reinterpret_cast<sockaddr*>(&address), sizeof(address));
    port_ = ntohs(address.sin_port);
  }
  // Listens on a Unix socket.
  RawServer(const std::string& path, std::function<void(int fd)> serve)
      : listener_(socket(AF_UNIX, SOCK_STREAM, 0)), serve_(std::move(serve)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof(address.sun_path)) abort();
    std::copy(path.begin(), path.end(), static_cast<char*>(address.sun_path));
    Start(reinterpret_cast<sockaddr*>(&address), sizeof(address));
  }
  ~RawServer() {
    shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
  }
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;

  [[nodiscard]] uint16_t port() const { return port_; }
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] int connections() const { return connections_; }

  // Reads one request up to its empty line, and `body_bytes` of body.
  static std::string ReadRequest(int fd, size_t body_bytes = 0) {
    std::string text;
    char c = 0;
    while (!text.ends_with("\r\n\r\n") && Readable(fd) && recv(fd, &c, 1, 0) == 1) text += c;
    for (size_t i = 0; i < body_bytes && Readable(fd) && recv(fd, &c, 1, 0) == 1; ++i) text += c;
    return text;
  }
  static void Write(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
  }

 private:
  void Start(sockaddr* address, socklen_t length) {
    if (bind(listener_.get(), address, length) != 0 || listen(listener_.get(), 16) != 0 ||
        getsockname(listener_.get(), address, &length) != 0) {
      abort();
    }
    thread_ = std::thread([this] { Loop(); });
  }

  void Loop() {
    while (true) {
      const UniqueFd client(accept(listener_.get(), nullptr, nullptr));
      if (!client.valid()) return;
      ++connections_;
      serve_(client.get());
    }
  }

  UniqueFd listener_;
  std::function<void(int)> serve_;
  uint16_t port_ = 0;
  std::atomic<int> connections_{0};
  std::thread thread_;
};

}  // namespace matinee::http
