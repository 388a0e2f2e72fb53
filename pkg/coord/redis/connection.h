// One connection to Redis, by hiredis, which no other file includes. Internal to this package.
//
// Every wait has a deadline. Sending and receiving are separate, so that many commands share one
// round trip. Any failure to send or receive breaks the connection permanently: what comes next
// on the wire is unknown then. An error that Redis answers is a Reply and breaks nothing.
//
// Thread safety: none.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "coord/redis/address.h"
#include "coord/redis/reply.h"

struct redisContext;

namespace matinee::coord::redis {

using Words = std::span<const std::string_view>;

// Appends a command, whose words may hold any bytes, to what will be sent.
void AppendCommand(std::string& wire, Words words);

class Connection {
 public:
  // Connects, logs in, and selects the database. Fails with kUnavailable and a reason
  // that a person can act on.
  static Result<std::unique_ptr<Connection>> Open(const Address& address,
                                                  std::chrono::milliseconds limit);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Status Send(std::string_view wire, MonoTime deadline);
  Result<Reply> Receive(MonoTime deadline);
  // Returns a reply that arrived together with the one before it; nothing if there is none.
  Result<std::optional<Reply>> ReceiveBuffered();
  // Sends and receives, in one round trip.
  Result<Reply> Call(Words words, MonoTime deadline);

  enum class Waited { kReadable, kWoken, kTimeUp };
  // Waits until the connection or the descriptor `wake` is readable.
  Waited Wait(MonoTime deadline, int wake) const;

  [[nodiscard]] bool broken() const { return broken_; }
  // Returns false if Redis has closed it since the last use: between calls it sends nothing else.
  [[nodiscard]] bool Usable() const;
  // Its id in Redis (CLIENT ID).
  [[nodiscard]] const std::string& id() const { return id_; }
  [[nodiscard]] MonoTime opened_at() const { return opened_at_; }

 private:
  struct Free {
    void operator()(redisContext* context) const;
  };

  explicit Connection(redisContext* context) : context_(context) {}
  Status Greet(const Address& address, MonoTime deadline);
  tl::unexpected<Error> Lost(const std::string& why);

  std::unique_ptr<redisContext, Free> context_;
  const MonoTime opened_at_ = std::chrono::steady_clock::now();
  std::string id_;
  bool broken_ = false;
};

}  // namespace matinee::coord::redis
