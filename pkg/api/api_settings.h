// The address of the API: where it listens, and where the edge forwards to.
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
};

config::Section ApiSection(ApiSettings& api);

}  // namespace matinee::api
