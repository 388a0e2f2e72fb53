// The Lua scripts: each is one atomic step in Redis. Internal to this package.
//
// Keys and arguments stand above each text in scripts.cc. Each script's first write is one that
// Redis refuses when it is full, if any of them is: it is done as a whole or not at all.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace matinee::coord::redis {

enum class Script : size_t {
  kEnqueue,
  kReceive,
  kReclaim,
  kHeartbeat,
  kAck,
  kNack,
  kDeadLetter,
  kFilterLive,
  kState,
  kCreateGroups,
  kTrim,
  kDeleteConsumer,
  kPutState,
  kAcquireLease,
  kReleaseLease,
  kDatabases,
  kCheckTypes,
  kTakeOver,
};
constexpr size_t kScripts = 18;

struct ScriptText {
  std::string_view name;  // Its label in metrics and errors.
  std::string text;
};

// By Script.
const std::array<ScriptText, kScripts>& ScriptTexts();

// The consumer group of every stream.
constexpr std::string_view kGroup = "workers";

}  // namespace matinee::coord::redis
