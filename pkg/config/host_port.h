// The address of a server.
#pragma once

#include <cstdint>
#include <string>

namespace matinee::config {

struct HostPort {
  std::string host;  // A name or an IP address, IPv6 without its brackets.
  uint16_t port = 0;
  bool operator==(const HostPort&) const = default;
};

// "127.0.0.1:8780", "[::1]:8780"
std::string ToString(const HostPort& address);

}  // namespace matinee::config
