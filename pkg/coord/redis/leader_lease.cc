#include "coord/redis/leader_lease.h"

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "base/strings.h"

namespace matinee::coord {

using redis::Reply;
using redis::Script;

RedisLeaderLease::RedisLeaderLease(std::shared_ptr<redis::Link> link) : link_(std::move(link)) {}

Result<std::optional<Epoch>> RedisLeaderLease::Hold(Epoch floor) {
  const std::lock_guard lock(mutex_);
  const std::array<std::string_view, 2> keys = {link_->keys.leader, link_->keys.epoch};
  TRY_ASSIGN(const Reply reply,
             link_->pipeline.Run(Script::kHoldLease, keys,
                                 {link_->name, std::to_string(floor), std::to_string(term_),
                                  std::to_string(link_->times.lease.count())}));
  if (!reply.is(Reply::Kind::kText)) return std::nullopt;
  const auto epoch = ParseInt(reply.text);
  if (!epoch) return Fail(Code::kInternal, "the epoch is no number");
  term_ = *epoch;
  return term_;
}

void RedisLeaderLease::Release() {
  const std::lock_guard lock(mutex_);
  const std::array<std::string_view, 1> keys = {link_->keys.leader};
  // If Redis is out of reach, the lease ends by itself.
  [[maybe_unused]] const auto released =
      link_->pipeline.Run(Script::kReleaseLease, keys, {link_->name});
  term_ = kNoEpoch;
}

}  // namespace matinee::coord
