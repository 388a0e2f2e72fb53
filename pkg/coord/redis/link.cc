#include "coord/redis/link.h"

#include <sys/random.h>
#include <unistd.h>

#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

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

Keys::Keys(const std::string& prefix)
    : dead(prefix + "jobs:dead"),
      pulse(prefix + "pulse"),
      snapshot(prefix + "sessions"),
      leader(prefix + "leader"),
      epoch(prefix + "epoch"),
      events(prefix + "events") {
  for (const Lane lane : kLanes) {
    streams.at(static_cast<size_t>(lane)) = prefix + "jobs:" + std::string(ToString(lane));
    indexes.at(static_cast<size_t>(lane)) = prefix + "live:" + std::string(ToString(lane));
  }
}

Link::Link(const Address& address, const std::string& prefix, const RedisTimes& link_times,
           Metrics* link_metrics)
    : keys(prefix),
      times(link_times),
      name(ProcessName()),
      metrics(link_metrics),
      dialer(address, times, metrics),
      pipeline(dialer, times.connect_time, times.command_time, metrics) {}

}  // namespace matinee::coord::redis
