// The address of the event streams: where they listen, and where the edge forwards to.
//
// Thread safety: plain values.
#pragma once

#include "config/host_port.h"

namespace matinee::config {
struct Section;
}

namespace matinee::live {

struct LiveSettings {
  config::HostPort address{"127.0.0.1", 8782};
};

config::Section LiveSection(LiveSettings& live);

}  // namespace matinee::live
