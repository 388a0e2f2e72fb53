// Where browsers reach the page: for nginx, which listens there, and for the server behind it.
//
// Thread safety: plain values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace matinee::config {
struct Section;
}

namespace matinee::http {

struct AddressSettings {
  std::string host = "0.0.0.0";  // An IP address, or localhost.
  uint16_t port = 8787;
  std::string base_path;   // "" or "/matinee"
  std::string public_url;  // "" or "https://matinee.example.org/path"
  // In lower case, IPv6 in brackets, without ports; or "*.example.org". See HostPolicyOptions.
  std::vector<std::string> allowed_hosts;
  std::vector<std::string> own_hosts;
  std::vector<std::string> trusted_proxies;  // Addresses, or networks such as "10.0.0.0/8".
};

config::Section AddressSection(AddressSettings& address);

}  // namespace matinee::http
