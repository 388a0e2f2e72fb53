// One connection to Redis, by hiredis, which no other file includes. Internal to this package.
//
// Every wait has a deadline. Sending and receiving are separate, so that many commands share one
// round trip. Any failure to send or receive leaves the connection broken for good: what comes next
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
  // Connects, proves who we are, and selects the database. Fails with kUnavailable and a reason
  // that a person can act on.
  static Result<std::unique_ptr<Connection>> Open(const Address& address,
                                                  std::chrono::milliseconds limit);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Status Send(std::string_view wire, MonoTime deadline);
  Result<Reply> Receive(MonoTime deadline);
  // What was read together with the reply before it; nothing if that was all.
  Result<std::optional<Reply>> ReceiveBuffered();
  // One round trip.
  Result<Reply> Call(Words words, MonoTime deadline);

  enum class Waited { kReadable, kWoken, kTimeUp };
  // Until Receive would have something to read, or the descriptor `wake` has.
  Waited Wait(MonoTime deadline, int wake) const;

  [[nodiscard]] bool broken() const { return broken_; }
  // False if Redis has hung up since the last use: between calls it says nothing but farewell.
  [[nodiscard]] bool Usable() const;
  // Its number in Redis (CLIENT ID).
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
