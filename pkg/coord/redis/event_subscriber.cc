#include "coord/redis/event_subscriber.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

#include "coord/redis/event_message.h"

namespace matinee::coord::redis {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

bool IsReadable(int descriptor, int milliseconds_max) {
  pollfd wait{descriptor, POLLIN, 0};
  return poll(&wait, 1, milliseconds_max) > 0;
}

}  // namespace

EventSubscriber::EventSubscriber(RedisContext& context, std::function<void(const Event&)> on_event)
    : context_(context),
      on_event_(std::move(on_event)),
      stopping_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (stopping_ < 0) std::abort();  // Out of descriptors at the start of the program.
}

EventSubscriber::~EventSubscriber() {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(stopping_, &one, sizeof(one));
  if (thread_.joinable()) thread_.join();
  close(stopping_);
}

void EventSubscriber::Start() {
  std::call_once(started_, [this] { thread_ = std::thread([this] { Loop(); }); });
  // A listener that subscribes another does not wait for its own thread: it has tried by then.
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return tried_; });
}

void EventSubscriber::Loop() {
  bool missed = false;
  while (!IsReadable(stopping_, 0)) {
    auto connection = Subscribe();
    {
      const std::lock_guard lock(mutex_);
      tried_ = true;
    }
    changed_.notify_all();
    if (!connection) {
      missed = true;
      Sleep(std::max(context_.dialer.RetryDelay(), context_.timeouts.backoff_min));
      continue;
    }
    if (missed) on_event_({kResyncTopic, {}});
    missed = true;
    const Status heard = Listen(**connection);
    if (!heard) context_.dialer.OnConnectionLost(**connection, heard.error());
  }
}

Result<std::unique_ptr<Connection>> EventSubscriber::Subscribe() {
  TRY_ASSIGN(channel_, context_.EventsChannel());
  TRY_ASSIGN(std::unique_ptr<Connection> connection, context_.dialer.Dial());
  const std::array<std::string_view, 2> words = {"SUBSCRIBE", channel_};
  const auto reply = connection->Call(words, steady_clock::now() + context_.timeouts.command_time);
  if (!reply) {
    context_.dialer.OnConnectionLost(*connection, reply.error());
    return Fail(reply.error());
  }
  if (reply->is(Reply::Kind::kError)) return Fail(ToError("subscribe", *reply));
  return connection;
}

Status EventSubscriber::Listen(Connection& connection) {
  const std::array<std::string_view, 1> ping = {"PING"};
  std::string wire;
  AppendCommand(wire, ping);
  bool asked = false;  // PING was sent, and nothing has come since.
  while (true) {
    const auto patience = asked ? context_.timeouts.command_time : context_.timeouts.ping_interval;
    const MonoTime deadline = steady_clock::now() + patience;
    switch (connection.Wait(deadline, stopping_)) {
      case Connection::Waited::kWoken:
        return {};
      case Connection::Waited::kTimeUp:
        if (asked) return Fail(Code::kUnavailable, "Redis does not answer");
        if (HasOtherChannel()) return {};
        TRY(connection.Send(wire, steady_clock::now() + context_.timeouts.command_time));
        asked = true;
        break;
      case Connection::Waited::kReadable:
        TRY(ReadMessages(connection));
        asked = false;
        break;
    }
  }
}

// A process that knows no database has to follow when another takes the place of the one it found.
bool EventSubscriber::HasOtherChannel() {
  const auto channel = context_.EventsChannel();
  return channel && *channel != channel_;
}

Status EventSubscriber::ReadMessages(Connection& connection) {
  TRY_ASSIGN(std::optional<Reply> reply,
             connection.Receive(steady_clock::now() + context_.timeouts.command_time));
  while (reply) {
    // ["message", channel, text]; others are answers to PING.
    if (reply->items.size() == 3 && reply->items[0].text == "message") {
      const auto message = DecodeEvent(reply->items[2].text);
      if (message && message->sender != context_.name) on_event_(message->event);
    }
    TRY_ASSIGN(reply, connection.ReceiveBuffered());
  }
  return {};
}

void EventSubscriber::Sleep(milliseconds time) const {
  IsReadable(stopping_, static_cast<int>(time.count()));
}

}  // namespace matinee::coord::redis
