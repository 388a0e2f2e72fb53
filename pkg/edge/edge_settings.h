// Settings of nginx.
//
// Thread safety: plain values.
#pragma once

#include <string>

namespace matinee::config {
struct Section;
}

namespace matinee::edge {

struct EdgeSettings {
  std::string nginx_path = "nginx";
  std::string web_dir;                // Empty: the folder "web" beside the program.
  int connections_per_address = 128;  // 0: any number.
};

config::Section EdgeSection(EdgeSettings& edge);

}  // namespace matinee::edge
