#include "config/host_port.h"

#include <fmt/format.h>

namespace matinee::config {

std::string ToString(const HostPort& address) {
  const bool ipv6 = address.host.find(':') != std::string::npos;
  return fmt::format(fmt::runtime(ipv6 ? "[{}]:{}" : "{}:{}"), address.host, address.port);
}

}  // namespace matinee::config
