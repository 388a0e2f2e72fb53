#include "edge/local_http.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/files.h"
#include "base/strings.h"

namespace matinee::edge {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// The API's /api/health with a dozen media servers is 4 KiB.
constexpr size_t kAnswerBytesMax = 65536;

tl::unexpected<Error> TooLate() {
  return Fail(Code::kDeadlineExceeded, "no answer in time");
}

// Waits until `fd` can be read or written.
Status Await(int fd, short events, steady_clock::time_point deadline) {
  while (true) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now()).count();
    if (left <= 0) return TooLate();
    pollfd entry{fd, events, 0};
    const int ready = poll(&entry, 1, static_cast<int>(left));
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return Fail(SystemError("cannot wait", errno));
  }
}

// A Unix socket connects at once, or not at all: EAGAIN is a full backlog.
Result<UniqueFd> Connect(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) {
    return Fail(Code::kInvalidArgument, "the path of the socket is too long");
  }
  std::copy(path.begin(), path.end(), static_cast<char*>(address.sun_path));
  UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid()) return Fail(SystemError("cannot make a socket", errno));
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    return Fail(Code::kUnavailable, "nobody listens there");
  }
  return fd;
}

Status SendAll(int fd, std::string_view bytes, steady_clock::time_point deadline) {
  while (!bytes.empty()) {
    TRY(Await(fd, POLLOUT, deadline));
    const ssize_t sent = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent > 0) bytes.remove_prefix(static_cast<size_t>(sent));
    if (sent < 0 && errno != EAGAIN && errno != EINTR) {
      return Fail(Code::kUnavailable, "the connection was lost");
    }
  }
  return {};
}

Result<std::string> ReceiveAll(int fd, steady_clock::time_point deadline) {
  std::string bytes;
  std::array<char, 4096> buffer{};
  while (true) {
    TRY(Await(fd, POLLIN, deadline));
    const ssize_t got = recv(fd, buffer.data(), buffer.size(), 0);
    if (got == 0) return bytes;
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (got < 0) return Fail(Code::kUnavailable, "the connection was lost");
    bytes.append(buffer.data(), static_cast<size_t>(got));
    if (bytes.size() > kAnswerBytesMax) return Fail(Code::kBadGateway, "the answer is too long");
  }
}

}  // namespace

Result<LocalAnswer> ParseLocalAnswer(std::string_view bytes) {
  constexpr std::string_view kHead = "HTTP/1.1 ";
  constexpr size_t kStatusDigits = 3;
  const size_t end = bytes.find("\r\n\r\n");
  const bool whole = bytes.starts_with(kHead) && end != std::string_view::npos;
  const auto status =
      whole ? ParseInt(bytes.substr(kHead.size(), kStatusDigits)) : std::optional<int64_t>();
  if (!status || *status < 100) return Fail(Code::kBadGateway, "the answer is not HTTP");
  return LocalAnswer{static_cast<int>(*status), std::string(bytes.substr(end + 4))};
}

Result<LocalAnswer> AskLocally(const std::string& socket_path, std::string_view target,
                               milliseconds limit) {
  const auto deadline = steady_clock::now() + limit;
  TRY_ASSIGN(const UniqueFd fd, Connect(socket_path));
  TRY(SendAll(fd.get(), "GET " + std::string(target) + " HTTP/1.0\r\nHost: localhost\r\n\r\n",
              deadline));
  TRY_ASSIGN(const std::string bytes, ReceiveAll(fd.get(), deadline));
  return ParseLocalAnswer(bytes);
}

}  // namespace matinee::edge
