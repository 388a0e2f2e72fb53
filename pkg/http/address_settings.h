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
  std::string base_path;                   // "" or "/matinee"
  std::vector<std::string> allowed_hosts;  // In lower case, IPv6 in brackets, without ports.
};

config::Section AddressSection(AddressSettings& address);

}  // namespace matinee::http
