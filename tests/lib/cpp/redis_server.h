// A real Redis server for tests: in its own folder, on a free port of the loopback, gone after
// the tests.
//
// Thread safety: none.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "base/secret.h"
#include "coord/redis/connection.h"
#include "process/process_runner.h"
#include "tests/unit/temporary_folder.h"

namespace matinee::coord {

struct RedisServerOptions {
  bool append_only = false;   // Keeps its data over a restart.
  std::string password = {};  // Of the default user.
};

class RedisServer {
 public:
  // Starts it; ends the program with a sentence if that cannot be done.
  explicit RedisServer(RedisServerOptions options = {});
  ~RedisServer();

  void Start();  // On the same port again.
  void Kill();   // kill -9.
  // Stops answering, and goes on.
  void Freeze();
  void Thaw();

  [[nodiscard]] Secret Url(int database = 0) const;
  [[nodiscard]] uint16_t port() const { return port_; }

  // A command by hand; ends the program if there is no answer.
  redis::Reply Do(std::initializer_list<std::string_view> words) const;

 private:
  [[nodiscard]] bool Answers() const;

  const RedisServerOptions options_;
  const uint16_t port_;
  TemporaryFolder folder_;
  process::SystemRunner runner_;
  std::unique_ptr<process::Child> server_;
};

// One for all tests of a program that neither kill nor fill it.
RedisServer& SharedRedisServer();

}  // namespace matinee::coord
