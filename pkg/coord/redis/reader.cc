#include "coord/redis/reader.h"

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

#include "coord/redis/hands.h"

namespace matinee::coord::redis {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Between two attempts to unblock a reader: Redis may see the first before the read that it is
// meant for.
constexpr milliseconds kUnblockInterval{20};

// The answer to XREADGROUP: of each stream its key and its entries.
std::vector<Entry> ReadEntries(const Keys& keys, const Reply& reply) {
  std::vector<Entry> entries;
  for (const Reply& stream : reply.items) {
    if (stream.items.size() != 2) continue;
    const auto key = std::find(keys.streams.begin(), keys.streams.end(), stream.items[0].text);
    if (key == keys.streams.end()) continue;
    const Lane lane = kLanes.at(static_cast<size_t>(key - keys.streams.begin()));
    for (const Reply& entry : stream.items[1].items) {
      if (entry.items.size() == 2) {
        entries.push_back(ReadEntry(lane, entry.items[0], entry.items[1]));
      }
    }
  }
  return entries;
}

}  // namespace

Readers::Readers(Link& link) : link_(link), closed_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (closed_ < 0) std::abort();  // Out of descriptors at the start of the program.
}

Readers::~Readers() {
  close(closed_);
}

void Readers::Close() {
  const uint64_t one = 1;
  // Never read, so it stays readable; a second Close adds to a number that nobody looks at.
  [[maybe_unused]] const ssize_t written = write(closed_, &one, sizeof(one));
}

void Readers::Sleep(milliseconds time) const {
  pollfd descriptor{closed_, POLLIN, 0};
  poll(&descriptor, 1, static_cast<int>(std::clamp<int64_t>(time.count(), 0, 3'600'000)));
}

Result<std::unique_ptr<Connection>> Readers::Borrow() {
  {
    const std::lock_guard lock(mutex_);
    while (!idle_.empty()) {
      std::unique_ptr<Connection> connection = std::move(idle_.back());
      idle_.pop_back();
      if (connection->Usable()) return connection;
    }
  }
  return link_.dialer.Dial();
}

Result<std::vector<Entry>> Readers::Read(Accept accept, milliseconds wait) {
  TRY_ASSIGN(std::unique_ptr<Connection> connection, Borrow());
  const auto reply = Exchange(*connection, accept, wait);
  if (!reply) {
    link_.dialer.Lost(*connection, reply.error());
    return Fail(reply.error());
  }
  {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(connection));
  }
  if (reply->IsError("NOGROUP")) {  // Redis was emptied.
    TRY(MakeGroups());
    return std::vector<Entry>();
  }
  if (reply->IsError("UNBLOCKED")) return std::vector<Entry>();  // Removed while we waited.
  if (reply->is(Reply::Kind::kError)) return Fail(ToError("read", *reply));
  return ReadEntries(link_.keys, *reply);
}

Result<Reply> Readers::Exchange(Connection& connection, Accept accept, milliseconds wait) {
  const std::string block = std::to_string(std::max<int64_t>(wait.count(), 1));  // 0 is for ever.
  std::vector<std::string_view> words = {"XREADGROUP", "GROUP", kGroup, link_.name, "COUNT",
                                         "1",          "BLOCK", block,  "STREAMS"};
  const size_t lanes = accept == Accept::kAll ? kLanes.size() : 1;
  words.insert(words.end(), link_.keys.streams.begin(),
               link_.keys.streams.begin() + static_cast<std::ptrdiff_t>(lanes));
  words.insert(words.end(), lanes, ">");
  std::string wire;
  AppendCommand(wire, words);
  const MonoTime deadline = steady_clock::now() + wait + link_.times.command_time;
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

// Ends the read in good order: Redis could deliver a job at this moment to a connection that was
// just closed, and it would lie there until this process counts as dead.
Result<Reply> Readers::Unblock(Connection& connection) {
  const MonoTime deadline = steady_clock::now() + link_.times.command_time;
  const std::array<std::string_view, 3> words = {"CLIENT", "UNBLOCK", connection.id()};
  while (true) {
    TRY(link_.pipeline.Call("client unblock", words));
    const auto patience = steady_clock::now() + kUnblockInterval;
    if (connection.Wait(patience, -1) == Connection::Waited::kReadable) break;
    if (steady_clock::now() > deadline) break;
  }
  return connection.Receive(deadline);
}

Status Readers::MakeGroups() {
  TRY(link_.pipeline.Run(Script::kMakeGroups, LaneKeys(link_.keys), {}));
  return {};
}

}  // namespace matinee::coord::redis
