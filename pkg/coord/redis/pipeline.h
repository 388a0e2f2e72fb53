// Sends the commands of many threads over one connection. Internal to this package.
//
// Commands that wait for it share a round trip (see base/batcher.h).
//
// Limits: a call ends after the time to connect and that of two commands (the one before it may be
// under way), whatever Redis does. When the connection breaks, all calls that wait for it fail:
// they are not retried, since what was sent may have been done.
//
// Thread safety: all methods may be called from any thread.
#pragma once

#include <array>
#include <chrono>
#include <initializer_list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/batcher.h"
#include "base/result.h"
#include "coord/redis/connection.h"
#include "coord/redis/dialer.h"
#include "coord/redis/scripts.h"

namespace matinee {
class Counter;
class Histogram;
class Metrics;
}  // namespace matinee

namespace matinee::coord::redis {

class Pipeline {
 public:
  // `dialer` and `metrics` (may be null) must outlive it. Metrics:
  // db_client_operation_duration_seconds{db_system_name="redis",db_operation_name} and
  // matinee_redis_errors_total{operation}.
  Pipeline(Dialer& dialer, std::chrono::milliseconds connect_time,
           std::chrono::milliseconds command_time, Metrics* metrics);
  ~Pipeline();

  // Returns an answer of Redis that is not an error. Fails with kUnavailable (out of reach, full,
  // starting …) and with kInternal for an error that we did not expect. `operation` is the call's
  // label.
  Result<Reply> Call(std::string_view operation, Words words);
  // Commands that may share one round trip; returns the first failure.
  Status CallAll(std::string_view operation, std::span<const std::vector<std::string>> commands);

  Result<Reply> Run(Script script, Words keys, Words arguments);
  Result<Reply> Run(Script script, Words keys, std::initializer_list<std::string_view> arguments) {
    return Run(script, keys, Words(arguments.begin(), arguments.size()));
  }

 private:
  // One thread's call, on its stack while it waits.
  struct Waiting : BatchedCall {
    std::optional<Script> script;
    Words keys;
    Words words;       // Or arguments.
    std::string wire;  // Or already composed commands, this many.
    size_t commands = 1;
    Result<Reply> reply;
  };
  using Batch = Batcher<Waiting>::Batch;

  struct Instruments {
    Histogram* duration = nullptr;
    Counter* errors = nullptr;
  };

  Result<Reply> Measure(std::string_view operation, Waiting& call);
  void Exchange(Batch& batch);
  // Fails if the connection does; what Redis has against scripts is in script_error_ then.
  Status LoadScripts(MonoTime deadline);
  Status SendAndReceive(Batch batch);
  // The calls whose script Redis does not know any more, after a SCRIPT FLUSH. They did not start.
  Batch TakeForgotten(const Batch& batch);
  void Compose(const Waiting& call, std::string& wire) const;
  Instruments InstrumentsOf(std::string_view operation);

  Dialer& dialer_;
  const std::chrono::milliseconds connect_time_;
  const std::chrono::milliseconds command_time_;
  Metrics* const metrics_;

  Batcher<Waiting> batcher_;

  // Used by the thread that sends a batch:
  std::unique_ptr<Connection> connection_;
  bool scripts_loaded_ = false;               // Over this connection.
  std::optional<Error> script_error_;         // Why not.
  std::array<std::string, kScripts> hashes_;  // By Script, as Redis gave them.

  std::mutex instruments_mutex_;
  std::map<std::string, Instruments, std::less<>> instruments_;
};

}  // namespace matinee::coord::redis
