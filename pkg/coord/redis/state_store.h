// The StateStore in Redis. Internal to this package: see ConnectRedis.
//
// Thread safety: as StateStore.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "coord/redis/redis_context.h"
#include "coord/state_store.h"

namespace matinee::coord {

class RedisStateStore final : public StateStore {
 public:
  RedisStateStore(std::shared_ptr<redis::RedisContext> context, const std::string& key,
                  const std::string& lease_name);
  Status Put(const std::string& value, Term term) override;
  Result<std::optional<std::string>> Get() override;

 private:
  const std::shared_ptr<redis::RedisContext> context_;
  const std::string value_key_;
  const std::string term_key_;  // Of the lease whose holders write.
};

}  // namespace matinee::coord
