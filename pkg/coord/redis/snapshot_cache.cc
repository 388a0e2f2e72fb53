#include "coord/redis/snapshot_cache.h"

#include <array>
#include <string_view>
#include <utility>

namespace matinee::coord {

using redis::Reply;
using redis::Script;

RedisSnapshotCache::RedisSnapshotCache(std::shared_ptr<redis::Link> link)
    : link_(std::move(link)) {}

Status RedisSnapshotCache::Put(const std::string& snapshot, Epoch epoch) {
  const std::array<std::string_view, 2> keys = {link_->keys.snapshot, link_->keys.epoch};
  TRY_ASSIGN(const Reply reply,
             link_->pipeline.Run(Script::kPutSnapshot, keys,
                                 {snapshot, std::to_string(epoch),
                                  std::to_string(link_->times.snapshot_life.count())}));
  if (reply.text == "superseded") return Fail(Code::kConflict, "another is the leader by now");
  return {};
}

Result<std::optional<std::string>> RedisSnapshotCache::Get() {
  const std::array<std::string_view, 2> words = {"GET", link_->keys.snapshot};
  TRY_ASSIGN(Reply reply, link_->pipeline.Call("get_snapshot", words));
  if (!reply.is(Reply::Kind::kText)) return std::nullopt;
  return std::move(reply.text);
}

}  // namespace matinee::coord
