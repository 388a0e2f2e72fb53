#include "coord/redis/connection.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <hiredis/hiredis.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <vector>

#include "base/strings.h"

namespace matinee::coord::redis {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

timeval ToTimeval(milliseconds time) {
  return {.tv_sec = time.count() / 1000,
          .tv_usec = static_cast<suseconds_t>(time.count() % 1000) * 1000};
}

int MillisecondsLeft(MonoTime deadline) {
  const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now()).count();
  return static_cast<int>(std::clamp<int64_t>(left, 0, 3'600'000));
}

// Waits until the socket can be used; false when the time is up.
bool PollUntil(int socket, short events, MonoTime deadline) {
  while (true) {
    pollfd descriptor{socket, events, 0};
    const int ready = poll(&descriptor, 1, MillisecondsLeft(deadline));
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

Reply ToReply(const redisReply& from) {
  Reply reply;
  switch (from.type) {
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
      reply.kind = Reply::Kind::kText;
      reply.text.assign(from.str, from.len);
      break;
    case REDIS_REPLY_ERROR:
      reply.kind = Reply::Kind::kError;
      reply.text.assign(from.str, from.len);
      break;
    case REDIS_REPLY_INTEGER:
      reply.kind = Reply::Kind::kNumber;
      reply.number = from.integer;
      break;
    case REDIS_REPLY_ARRAY:
      reply.kind = Reply::Kind::kList;
      reply.items.reserve(from.elements);
      for (size_t i = 0; i < from.elements; ++i) reply.items.push_back(ToReply(*from.element[i]));
      break;
    default:
      break;
  }
  return reply;
}

// What hiredis knows about why; it names no argument of ours.
std::string Reason(const redisContext& context) {
  return EscapeUnprintable(Trim(std::string_view(context.errstr)));
}

tl::unexpected<Error> Unreachable(const Address& address, const std::string& why) {
  return Fail(Code::kUnavailable,
              fmt::format("Redis cannot be reached at {}:{}: {}", address.host, address.port, why));
}

}  // namespace

void AppendCommand(std::string& wire, Words words) {
  std::vector<const char*> texts;
  std::vector<size_t> lengths;
  texts.reserve(words.size());
  lengths.reserve(words.size());
  for (const std::string_view word : words) {
    texts.push_back(word.data() == nullptr ? "" : word.data());
    lengths.push_back(word.size());
  }
  char* command = nullptr;
  const int length = redisFormatCommandArgv(&command, static_cast<int>(words.size()), texts.data(),
                                            lengths.data());
  if (length > 0) wire.append(command, static_cast<size_t>(length));
  redisFreeCommand(command);
}

void Connection::Free::operator()(redisContext* context) const {
  redisFree(context);
}

Connection::~Connection() = default;

Result<std::unique_ptr<Connection>> Connection::Open(const Address& address, milliseconds limit) {
  const MonoTime deadline = steady_clock::now() + limit;
  redisContext* context =
      redisConnectWithTimeout(address.host.c_str(), address.port, ToTimeval(limit));
  if (context == nullptr) return Unreachable(address, "out of memory");
  std::unique_ptr<Connection> connection(new Connection(context));
  if (context->err != 0) return Unreachable(address, Reason(*context));
  // From here on waits use poll with a deadline: a timeout of the socket would start again with
  // every byte that arrives.
  const int flags = fcntl(context->fd, F_GETFL);
  if (fcntl(context->fd, F_SETFL, flags | O_NONBLOCK) != 0 ||
      fcntl(context->fd, F_SETFD, FD_CLOEXEC) != 0) {
    return Unreachable(address, "the socket cannot be set up");
  }
  context->flags &= ~REDIS_BLOCK;
  redisEnableKeepAlive(context);
  TRY(connection->Greet(address, deadline));
  return connection;
}

Status Connection::Greet(const Address& address, MonoTime deadline) {
  const std::string database = std::to_string(address.database);
  if (!address.password.empty()) {
    const std::string_view user = address.user;
    const std::string_view password = address.password.Reveal();
    std::array<std::string_view, 3> words = {"AUTH", user, password};
    Words auth(words);
    if (user.empty()) {
      words = {"AUTH", password};
      auth = Words(words).first(2);
    }
    TRY_ASSIGN(const Reply reply, Call(auth, deadline));
    // Redis' own words are left out: they may repeat what it was sent.
    if (reply.IsError("LOADING")) return Fail(ToError("auth", reply));
    if (reply.is(Reply::Kind::kError)) {
      return Fail(Code::kUnavailable, "Redis refuses the user or password of REDIS_URL");
    }
  }
  if (address.database != 0) {
    const std::array<std::string_view, 2> words = {"SELECT", database};
    TRY_ASSIGN(const Reply reply, Call(words, deadline));
    if (reply.IsError("ERR")) {
      return Fail(Code::kUnavailable,
                  "Redis has no database " + database + "; see `databases` in its configuration");
    }
    if (reply.is(Reply::Kind::kError)) return Fail(ToError("select", reply));
  }
  // Last, since it shows that commands are carried out: a frozen Redis accepts connections.
  const std::array<std::string_view, 2> words = {"CLIENT", "ID"};
  TRY_ASSIGN(const Reply reply, Call(words, deadline));
  if (reply.is(Reply::Kind::kError)) return Fail(ToError("client id", reply));
  id_ = std::to_string(reply.number);
  return {};
}

tl::unexpected<Error> Connection::Lost(const std::string& why) {
  broken_ = true;
  return Fail(Code::kUnavailable, "the connection to Redis was lost: " + why);
}

Status Connection::Send(std::string_view wire, MonoTime deadline) {
  if (broken_) return Lost("it is broken");
  while (!wire.empty()) {
    // Not by hiredis, whose write() raises SIGPIPE.
    const ssize_t sent = send(context_->fd, wire.data(), wire.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      wire.remove_prefix(static_cast<size_t>(sent));
    } else if (errno == EAGAIN) {
      if (!PollUntil(context_->fd, POLLOUT, deadline)) return Lost("it takes nothing more");
    } else if (errno != EINTR) {
      return Lost(std::generic_category().message(errno));
    }
  }
  return {};
}

Result<std::optional<Reply>> Connection::ReceiveBuffered() {
  if (broken_) return Lost("it is broken");
  void* raw = nullptr;
  if (redisGetReplyFromReader(context_.get(), &raw) != REDIS_OK) return Lost(Reason(*context_));
  if (raw == nullptr) return std::nullopt;
  Reply reply = ToReply(*static_cast<const redisReply*>(raw));
  freeReplyObject(raw);
  return reply;
}

Result<Reply> Connection::Receive(MonoTime deadline) {
  while (true) {
    TRY_ASSIGN(std::optional<Reply> reply, ReceiveBuffered());
    if (reply) return *std::move(reply);
    if (!PollUntil(context_->fd, POLLIN, deadline)) return Lost("it does not answer");
    if (redisBufferRead(context_.get()) != REDIS_OK) return Lost(Reason(*context_));
  }
}

Result<Reply> Connection::Call(Words words, MonoTime deadline) {
  std::string wire;
  AppendCommand(wire, words);
  TRY(Send(wire, deadline));
  return Receive(deadline);
}

Connection::Waited Connection::Wait(MonoTime deadline, int wake) const {
  while (true) {
    std::array<pollfd, 2> descriptors = {pollfd{context_->fd, POLLIN, 0}, pollfd{wake, POLLIN, 0}};
    const int ready = poll(descriptors.data(), descriptors.size(), MillisecondsLeft(deadline));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return Waited::kTimeUp;
    return descriptors[0].revents != 0 ? Waited::kReadable : Waited::kWoken;
  }
}

bool Connection::Usable() const {
  if (broken_) return false;
  pollfd descriptor{context_->fd, POLLIN, 0};
  return poll(&descriptor, 1, 0) == 0;
}

}  // namespace matinee::coord::redis
