#include "coord/redis/redis_context.h"

#include <sys/random.h>
#include <unistd.h>

#include <array>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "base/strings.h"

namespace matinee::coord::redis {
namespace {

std::string RandomHex() {
  uint64_t number = 0;
  // Cannot fail for 256 bytes or less once the kernel's pool is ready (getrandom(2)).
  if (getrandom(&number, sizeof(number), 0) != static_cast<ssize_t>(sizeof(number))) std::abort();
  std::array<char, 17> text{};
  std::snprintf(text.data(), text.size(), "%016" PRIx64, number);
  return text.data();
}

std::string ProcessName() {
  std::array<char, 256> host{};
  if (gethostname(host.data(), host.size() - 1) != 0) host.front() = '\0';
  return EscapeUnprintable(host.data()) + "-" + std::to_string(getpid()) + "-" + RandomHex();
}

}  // namespace

Keys::Keys(std::string key_prefix, const QueueTable& queues)
    : prefix(std::move(key_prefix)),
      dead_letters(prefix + "jobs:dead"),
      heartbeat(prefix + "pulse"),
      events(prefix + "events") {
  for (const Queue& queue : queues) {
    streams.push_back(prefix + "jobs:" + queue.name);
    indexes.push_back(prefix + "live:" + queue.name);
  }
}

std::string Keys::Holder(const std::string& lease_name) const {
  return prefix + (lease_name == kLeaderLease ? lease_name : "lease:" + lease_name);
}

std::string Keys::LastTerm(const std::string& lease_name) const {
  // The leader's key has the name that version 0.1.0 gave it.
  return prefix + (lease_name == kLeaderLease ? "epoch" : "term:" + lease_name);
}

RedisContext::RedisContext(const Address& address, const RedisOptions& options,
                           const RedisTimeouts& redis_timeouts, Metrics* redis_metrics)
    : queues(options.queues),
      keys(options.prefix, queues),
      timeouts(redis_timeouts),
      name(ProcessName()),
      metrics(redis_metrics),
      dialer(address, timeouts, metrics),
      pipeline(dialer, timeouts.connect_time, timeouts.command_time, metrics) {}

}  // namespace matinee::coord::redis
