// Settings that every role has: its data, how it stops, what the admin server listens on.
//
// Thread safety: plain values.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace matinee {

namespace config {
struct Section;
}

struct ProcessSettings {
  std::string data_dir = "./data";
  std::chrono::milliseconds drain_delay{0};  // How long a stopping role is not ready but serves.
};

config::Section ProcessSection(ProcessSettings& process);

struct AdminSettings {
  uint16_t port = 9464;  // 0: off
  std::string address = "127.0.0.1";
};

config::Section AdminSection(AdminSettings& admin);

}  // namespace matinee
