#include "coord/redis_settings.h"

#include <string>
#include <string_view>
#include <utility>

#include "config/setting_types.h"
#include "coord/coordination.h"

namespace matinee::coord {
namespace {

// ConnectRedis checks the rest.
Status CheckRedisUrl(std::string_view text) {
  if (text.starts_with("redis://")) return {};
  return config::Refuse("is not of the form redis://:password@host:6379/0");
}

Result<std::string> ParsePrefix(std::string_view text) {
  constexpr size_t kBytesMax = 128;
  constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-:";
  if (!text.empty() && text.size() <= kBytesMax &&
      text.find_first_not_of(kAllowed) == std::string_view::npos) {
    return std::string(text);
  }
  return config::Refuse("is not made of letters, digits, '.', '_', '-' and ':'");
}

}  // namespace

RedisOptions MakeRedisOptions(const RedisSettings& settings, QueueTable queues,
                              const std::string& database) {
  RedisOptions options;
  options.url = settings.url;
  options.prefix = settings.prefix + ":" + database + ":";
  options.queues = std::move(queues);
  options.directory = settings.prefix + ":";
  options.database = database;
  return options;
}

config::Section RedisSection(RedisSettings& redis) {
  return {
      .title = "Redis",
      .settings = {
          config::SecretText("REDIS_URL", redis.url, "redis://…", CheckRedisUrl,
                             "The Redis that all processes share: "
                             "`redis://:password@host:6379/0`."),
          config::Text("REDIS_PREFIX", redis.prefix, "a name", ParsePrefix,
                       "What all keys in Redis begin with, before the id of the database. Set it "
                       "if several Matinees with `live` share a Redis: all roles of one have the "
                       "same."),
      }};
}

}  // namespace matinee::coord
