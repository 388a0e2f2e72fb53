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

RedisContext::RedisContext(const Address& address, const RedisOptions& options,
                           const RedisTimeouts& redis_timeouts, Metrics* redis_metrics)
    : queues(options.queues),
      keys(options.prefix, queues),
      timeouts(redis_timeouts),
      name(ProcessName()),
      metrics(redis_metrics),
      dialer(address, timeouts, metrics),
      pipeline(dialer, timeouts.connect_time, timeouts.command_time, metrics),
      key_types(keys, options.directory),
      directory(pipeline, options, timeouts),
      earlier(pipeline, keys, options, timeouts) {}

Result<std::string> RedisContext::EventsChannel() {
  if (!directory.finds()) return keys.events;
  TRY_ASSIGN(const std::string prefix, directory.FindPrefix());
  return Keys(prefix, queues).events;
}

}  // namespace matinee::coord::redis
