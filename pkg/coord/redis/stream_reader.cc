#include "coord/redis/stream_reader.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "coord/redis/consumer.h"

namespace matinee::coord::redis {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Between two attempts to unblock a reader: Redis may see the first before the read that it is
// meant for.
constexpr milliseconds kUnblockInterval{20};

// The answer to XREADGROUP: of each stream its key and its entries.
std::vector<StreamEntry> ReadEntries(const RedisContext& context, const Reply& reply) {
  const std::vector<std::string>& streams = context.keys.streams;
  std::vector<StreamEntry> entries;
  for (const Reply& stream : reply.items) {
    if (stream.items.size() != 2) continue;
    const auto key = std::find(streams.begin(), streams.end(), stream.items[0].text);
    if (key == streams.end()) continue;
    const auto place = static_cast<size_t>(key - streams.begin());
    for (const Reply& entry : stream.items[1].items) {
      if (entry.items.size() != 2) continue;
      entries.push_back(ReadEntry(context.queues, place, entry.items[0], entry.items[1]));
    }
  }
  return entries;
}

}  // namespace

StreamReaders::StreamReaders(RedisContext& context)
    : context_(context), closed_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (closed_ < 0) std::abort();  // Out of descriptors at the start of the program.
}

StreamReaders::~StreamReaders() {
  close(closed_);
}

void StreamReaders::Close() {
  const uint64_t one = 1;
  // Never read, so it stays readable; a second Close only adds to the number.
  [[maybe_unused]] const ssize_t written = write(closed_, &one, sizeof(one));
}

void StreamReaders::Sleep(milliseconds time) const {
  pollfd descriptor{closed_, POLLIN, 0};
  poll(&descriptor, 1, static_cast<int>(std::clamp<int64_t>(time.count(), 0, 3'600'000)));
}

Result<std::unique_ptr<Connection>> StreamReaders::Borrow() {
  {
    const std::lock_guard lock(mutex_);
    while (!idle_.empty()) {
      std::unique_ptr<Connection> connection = std::move(idle_.back());
      idle_.pop_back();
      if (connection->Usable()) return connection;
    }
  }
  return context_.dialer.Dial();
}

Result<std::vector<StreamEntry>> StreamReaders::Read(const QueueFilter& filter, milliseconds wait) {
  TRY_ASSIGN(std::unique_ptr<Connection> connection, Borrow());
  const auto reply = Exchange(*connection, filter, wait);
  if (!reply) {
    context_.dialer.OnConnectionLost(*connection, reply.error());
    return Fail(reply.error());
  }
  {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(connection));
  }
  if (reply->IsError("NOGROUP")) {  // Redis was emptied.
    TRY(CreateGroups());
    return std::vector<StreamEntry>();
  }
  if (reply->IsError("UNBLOCKED")) return std::vector<StreamEntry>();  // Removed while we waited.
  if (reply->is(Reply::Kind::kError)) return Fail(ToError("read", *reply));
  return ReadEntries(context_, *reply);
}

Result<Reply> StreamReaders::Exchange(Connection& connection, const QueueFilter& filter,
                                      milliseconds wait) {
  const std::string block = std::to_string(std::max<int64_t>(wait.count(), 1));  // 0 is for ever.
  std::vector<std::string_view> words = {"XREADGROUP", "GROUP", kGroup, context_.name, "COUNT",
                                         "1",          "BLOCK", block,  "STREAMS"};
  for (const size_t place : filter) words.emplace_back(context_.keys.streams.at(place));
  words.insert(words.end(), filter.size(), ">");
  std::string wire;
  AppendCommand(wire, words);
  const MonoTime deadline = steady_clock::now() + wait + context_.timeouts.command_time;
  TRY(connection.Send(wire, deadline));
  switch (connection.Wait(deadline, closed_)) {
    case Connection::Waited::kWoken:
      return Unblock(connection);
    case Connection::Waited::kReadable:
    case Connection::Waited::kTimeUp:
      break;
  }
  return connection.Receive(deadline);
}

// Ends the read without closing the connection: Redis could deliver a job to a connection that was
// just closed, and the job would stay in flight for the visibility timeout.
Result<Reply> StreamReaders::Unblock(Connection& connection) {
  const MonoTime deadline = steady_clock::now() + context_.timeouts.command_time;
  const std::array<std::string_view, 3> words = {"CLIENT", "UNBLOCK", connection.id()};
  while (true) {
    TRY(context_.pipeline.Call("client unblock", words));
    const auto retry_at = steady_clock::now() + kUnblockInterval;
    if (connection.Wait(retry_at, -1) == Connection::Waited::kReadable) break;
    if (steady_clock::now() > deadline) break;
  }
  return connection.Receive(deadline);
}

Status StreamReaders::CreateGroups() {
  TRY(context_.pipeline.Run(Script::kCreateGroups, QueueKeys(context_.keys), {}));
  return {};
}

}  // namespace matinee::coord::redis
