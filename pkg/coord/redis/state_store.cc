#include "coord/redis/state_store.h"

#include <array>
#include <string_view>
#include <utility>

namespace matinee::coord {

using redis::Reply;
using redis::Script;

RedisStateStore::RedisStateStore(std::shared_ptr<redis::RedisContext> context,
                                 const std::string& key, const std::string& lease_name)
    : context_(std::move(context)),
      value_key_(context_->keys.prefix + key),
      term_key_(context_->keys.LastTerm(lease_name)) {
  context_->key_types.AddString(value_key_);
  context_->key_types.AddString(term_key_);
}

Status RedisStateStore::Put(const std::string& value, Term term) {
  const std::array<std::string_view, 2> keys = {value_key_, term_key_};
  TRY_ASSIGN(const Reply reply,
             context_->pipeline.Run(Script::kPutState, keys,
                                    {value, std::to_string(term),
                                     std::to_string(context_->timeouts.state_lifetime.count())}));
  if (reply.text == "superseded") return Fail(Code::kConflict, "another process is the leader");
  return {};
}

Result<std::optional<std::string>> RedisStateStore::Get() {
  const std::array<std::string_view, 2> words = {"GET", value_key_};
  TRY_ASSIGN(Reply reply, context_->pipeline.Call("get_state", words));
  if (!reply.is(Reply::Kind::kText)) return std::nullopt;
  return std::move(reply.text);
}

}  // namespace matinee::coord
