#include "runtime/hosts.h"

#include <unistd.h>

#include <array>
#include <string>

#include "config/value_parsers.h"

namespace matinee {
namespace {

// Returns "" for a name that no client could use.
std::string MachineName() {
  std::array<char, 256> buffer{};
  if (gethostname(buffer.data(), buffer.size() - 1) != 0) return "";
  return config::ParseHostName(buffer.data()).value_or("");
}

}  // namespace

http::HostPolicy HostPolicyOf(const http::AddressSettings& address) {
  http::HostPolicyOptions options;
  options.allowed_hosts = address.allowed_hosts;
  options.public_url = address.public_url;
  options.own_hosts = address.own_hosts;
  options.machine_name = MachineName();
  return http::HostPolicy(options);
}

}  // namespace matinee
