#include "coord/redis/database_directory.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "base/strings.h"
#include "telemetry/log.h"

namespace matinee::coord::redis {
namespace {

// Other databases that are logged: a directory can be filled by hand.
constexpr size_t kOthersMax = 16;

std::string Names(const std::vector<std::string>& databases) {
  std::string names;
  for (const std::string& id : databases) {
    names += (names.empty() ? "" : " and ") + EscapeUnprintable(id);
  }
  return names;
}

}  // namespace

DatabaseDirectory::DatabaseDirectory(Pipeline& pipeline, const RedisOptions& options,
                                     const RedisTimeouts& timeouts)
    : pipeline_(pipeline),
      shared_prefix_(options.directory),
      key_(shared_prefix_ + "databases"),
      database_(options.database),
      expiry_(std::to_string(timeouts.database_expiry.count())),
      task_("directory", timeouts.announce_interval, [this] { Announce(); }) {
  if (!database_.empty() && !shared_prefix_.empty()) task_.Start();
}

Result<std::vector<std::string>> DatabaseDirectory::Databases() {
  const std::array<std::string_view, 1> keys = {key_};
  TRY_ASSIGN(const Reply reply, pipeline_.Run(Script::kDatabases, keys, {database_, expiry_}));
  std::vector<std::string> databases;
  databases.reserve(reply.items.size());
  for (const Reply& id : reply.items) databases.push_back(id.text);
  return databases;
}

// A directory that cannot be written is retried; what is wrong with Redis, others log.
void DatabaseDirectory::Announce() {
  const auto databases = Databases();
  if (!databases) return;
  for (const std::string& id : *databases) {
    if (id == database_ || others_.size() >= kOthersMax || !others_.insert(id).second) continue;
    Log(Severity::kWarn, "redis",
        "another database uses this Redis with the same REDIS_PREFIX; if `matinee live` runs, give "
        "each a separate one",
        {{"database", database_}, {"other", id}});
  }
}

Result<std::string> DatabaseDirectory::FindPrefix() {
  TRY_ASSIGN(const std::vector<std::string> databases, Databases());
  if (databases.size() > 1) {
    return Fail(Code::kUnavailable, "the databases " + Names(databases) +
                                        " use this Redis with the same REDIS_PREFIX; give each a "
                                        "separate one");
  }
  const std::lock_guard lock(mutex_);
  if (!databases.empty()) found_ = databases.front();
  if (found_.empty()) {
    return Fail(Code::kUnavailable,
                "no API or worker with this REDIS_PREFIX has used this Redis yet");
  }
  return shared_prefix_ + found_ + ":";
}

}  // namespace matinee::coord::redis
