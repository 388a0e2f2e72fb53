// Settings of the API: its address, where the edge forwards to, and how it answers.
//
// Thread safety: plain values.
#pragma once

#include "config/host_port.h"

namespace matinee::config {
struct Section;
}

namespace matinee::api {

struct ApiSettings {
  config::HostPort address{"127.0.0.1", 8780};
  // A session's subtitle and thumbnail that do not exist are "" as in MediaSnap, rather than null.
  bool mediasnap_compat = false;
};

config::Section ApiSection(ApiSettings& api);

}  // namespace matinee::api
