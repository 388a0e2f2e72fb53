#include "tests/lib/cpp/redis_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <utility>

#include "base/strings.h"

namespace matinee::coord {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kTestTimeout{120'000};

[[noreturn]] void Fatal(const std::string& why) {
  std::fprintf(stderr, "Redis for the tests: %s\n", why.c_str());
  std::abort();
}

// Redis cannot choose one itself.
uint16_t FreePort() {
  const int socket_ = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  auto* any = reinterpret_cast<sockaddr*>(&address);
  if (bind(socket_, any, length) != 0 || getsockname(socket_, any, &length) != 0) {
    Fatal("no port is free");
  }
  close(socket_);
  return ntohs(address.sin_port);
}

redis::Address AddressOf(uint16_t port, const std::string& password) {
  redis::Address address;
  address.host = "127.0.0.1";
  address.port = port;
  address.password = Secret(password);
  return address;
}

}  // namespace

RedisServer::RedisServer(RedisServerOptions options)
    : options_(std::move(options)), port_(FreePort()) {
  Start();
}

RedisServer::~RedisServer() {
  if (server_) Kill();
}

void RedisServer::Start() {
  process::Command command;
  command.argv = {"redis-server",
                  "--port",
                  std::to_string(port_),
                  "--bind",
                  "127.0.0.1",
                  "--dir",
                  folder_.path(),
                  "--save",
                  "",
                  "--appendonly",
                  options_.append_only ? "yes" : "no",
                  "--appendfsync",
                  "always"};
  if (!options_.password.empty()) {
    command.argv.insert(command.argv.end(), {"--requirepass", options_.password});
  }
  auto started = runner_.Start(command, [](std::string_view) {});
  if (!started) Fatal(started.error().message);
  server_ = *std::move(started);
  const auto deadline = steady_clock::now() + kTestTimeout;
  while (!Answers()) {
    if (steady_clock::now() > deadline) Fatal("it does not start");
    std::this_thread::sleep_for(milliseconds(5));
  }
}

bool RedisServer::Answers() const {
  const auto connection =
      redis::Connection::Open(AddressOf(port_, options_.password), milliseconds(1000));
  if (!connection) return false;
  const std::array<std::string_view, 1> words = {"DBSIZE"};  // An error while it loads.
  const auto reply = (*connection)->Call(words, steady_clock::now() + milliseconds(1000));
  return reply && reply->is(redis::Reply::Kind::kNumber);
}

void RedisServer::Kill() {
  server_->Signal(SIGKILL);
  if (!server_->Wait(kTestTimeout)) Fatal("it does not end");
  server_.reset();
}

void RedisServer::Freeze() {
  server_->Signal(SIGSTOP);
}

void RedisServer::Thaw() {
  server_->Signal(SIGCONT);
}

Secret RedisServer::Url(int database) const {
  const std::string login =
      options_.password.empty() ? "" : ":" + PercentEncode(options_.password) + "@";
  return Secret("redis://" + login + "127.0.0.1:" + std::to_string(port_) + "/" +
                std::to_string(database));
}

redis::Reply RedisServer::Do(std::initializer_list<std::string_view> words) const {
  auto connection = redis::Connection::Open(AddressOf(port_, options_.password), kTestTimeout);
  if (!connection) Fatal(connection.error().message);
  auto reply =
      (*connection)
          ->Call(redis::Words(words.begin(), words.size()), steady_clock::now() + kTestTimeout);
  if (!reply) Fatal(reply.error().message);
  return *std::move(reply);
}

RedisServer& SharedRedisServer() {
  static RedisServer server;
  return server;
}

}  // namespace matinee::coord
