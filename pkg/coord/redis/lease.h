// The Lease in Redis. Internal to this package: see ConnectRedis.
//
// Thread safety: as Lease.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "coord/lease.h"
#include "coord/redis/redis_context.h"

namespace matinee::coord {

class RedisLease final : public Lease {
 public:
  RedisLease(std::shared_ptr<redis::RedisContext> context, const std::string& name);
  Result<std::optional<Term>> Acquire(Term floor) override;
  void Release() override;

 private:
  const std::shared_ptr<redis::RedisContext> context_;
  const std::string holder_key_;
  const std::string term_key_;
  const std::string identity_;  // Of this object: one process may have several of one name.
  std::mutex mutex_;
  Term term_ = kNoTerm;  // Of the last Acquire that succeeded.
};

}  // namespace matinee::coord
