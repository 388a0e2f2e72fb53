#include "coord/redis_settings.h"

#include <string_view>

#include "config/setting_types.h"

namespace matinee::coord {
namespace {

// ConnectRedis checks the rest.
Status CheckRedisUrl(std::string_view text) {
  if (text.starts_with("redis://")) return {};
  return config::Refuse("is not of the form redis://:password@host:6379/0");
}

}  // namespace

config::Section RedisSection(RedisSettings& redis) {
  return {.title = "Redis",
          .settings = {
              config::SecretText("REDIS_URL", redis.url, "redis://…", CheckRedisUrl,
                                 "The Redis that all processes share: "
                                 "`redis://:password@host:6379/0`."),
          }};
}

}  // namespace matinee::coord
