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
  std::string web_dir;  // Empty: the folder "web" beside the program.
};

config::Section EdgeSection(EdgeSettings& edge);

}  // namespace matinee::edge
