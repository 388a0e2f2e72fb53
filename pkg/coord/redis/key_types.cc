#include "coord/redis/key_types.h"

#include <algorithm>
#include <string_view>

#include "base/strings.h"

namespace matinee::coord::redis {

KeyTypes::KeyTypes(const Keys& keys, const std::string& shared_prefix) {
  for (const std::string& stream : keys.streams) types_.emplace_back(stream, "stream");
  for (const std::string& index : keys.indexes) types_.emplace_back(index, "hash");
  types_.emplace_back(keys.dead_letters, "stream");
  types_.emplace_back(keys.heartbeat, "hash");
  if (!shared_prefix.empty()) types_.emplace_back(shared_prefix + "databases", "zset");
}

void KeyTypes::AddString(const std::string& key) {
  const std::lock_guard lock(mutex_);
  std::pair<std::string, std::string> added(key, "string");
  if (std::find(types_.begin(), types_.end(), added) == types_.end()) {
    types_.push_back(std::move(added));
  }
}

Result<std::string> KeyTypes::FindWrong(Pipeline& pipeline) {
  std::vector<std::pair<std::string, std::string>> expected;
  {
    const std::lock_guard lock(mutex_);
    expected = types_;
  }
  std::vector<std::string_view> keys;
  std::vector<std::string_view> types;
  for (const auto& [key, type] : expected) {
    keys.emplace_back(key);
    types.emplace_back(type);
  }
  TRY_ASSIGN(const Reply wrong, pipeline.Run(Script::kCheckTypes, keys, Words(types)));
  if (wrong.items.size() != 3) return std::string();
  const std::string key = EscapeUnprintable(wrong.items[0].text);
  return "the key " + key + " in Redis is of the type " + wrong.items[1].text + " and not " +
         wrong.items[2].text + ": another program wrote it; delete it (redis-cli DEL " + key + ")";
}

}  // namespace matinee::coord::redis
