#include "coord/redis/lease.h"

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "base/ids.h"
#include "base/strings.h"

namespace matinee::coord {

using redis::Reply;
using redis::Script;

RedisLease::RedisLease(std::shared_ptr<redis::RedisContext> context, const std::string& name)
    : context_(std::move(context)),
      holder_key_(context_->keys.Holder(name)),
      term_key_(context_->keys.LastTerm(name)),
      identity_(context_->name + "-" + RandomHex()) {
  context_->key_types.AddString(holder_key_);
  context_->key_types.AddString(term_key_);
}

Result<std::optional<Term>> RedisLease::Acquire(Term floor) {
  if (!context_->earlier.IsGone()) return std::nullopt;
  const std::lock_guard lock(mutex_);
  const std::array<std::string_view, 2> keys = {holder_key_, term_key_};
  TRY_ASSIGN(const Reply reply,
             context_->pipeline.Run(Script::kAcquireLease, keys,
                                    {identity_, std::to_string(floor), std::to_string(term_),
                                     std::to_string(context_->timeouts.lease.count())}));
  if (!reply.is(Reply::Kind::kText)) return std::nullopt;
  const auto term = ParseInt(reply.text);
  if (!term) return Fail(Code::kInternal, "the term is not a number");
  term_ = *term;
  return term_;
}

void RedisLease::Release() {
  const std::lock_guard lock(mutex_);
  const std::array<std::string_view, 1> keys = {holder_key_};
  // If Redis is out of reach, the lease ends by itself.
  [[maybe_unused]] const auto released =
      context_->pipeline.Run(Script::kReleaseLease, keys, {identity_});
  term_ = kNoTerm;
}

}  // namespace matinee::coord
