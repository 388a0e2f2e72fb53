// The Redis of a cluster.
//
// Thread safety: plain values.
#pragma once

#include <string>

#include "base/secret.h"

namespace matinee::config {
struct Section;
}

namespace matinee::coord {

struct RedisSettings {
  Secret url;  // redis://…; empty without Redis.
  std::string prefix = "matinee";
};

config::Section RedisSection(RedisSettings& redis);

}  // namespace matinee::coord
