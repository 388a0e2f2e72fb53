#include "coord/redis/reply.h"

#include <array>

#include "base/strings.h"

namespace matinee::coord::redis {
namespace {

// Redis' own words, where they are shown: they repeat arguments.
constexpr size_t kWordsBytesMax = 200;

struct Known {
  std::string_view word;
  std::string_view sentence;
};

// By the first word of the error (https://redis.io/docs/latest/develop/reference/protocol-spec/).
// Before Redis 7 an error inside a script has its word in the middle.
constexpr std::array kKnown = {
    Known{"OOM", "Redis is full; raise its maxmemory, or free some"},
    Known{"LOADING", "Redis is still loading its data; wait until it has"},
    Known{"READONLY", "this Redis is a replica; REDIS_URL must name the primary"},
    Known{"BUSY", "Redis is busy with another client's script; SCRIPT KILL ends it"},
    Known{"MISCONF", "Redis cannot save to its disk and takes nothing new; its log says why"},
    Known{"MASTERDOWN", "this Redis is a replica that lost its primary; REDIS_URL must name one"},
    Known{"CLUSTERDOWN", "the Redis cluster is down; Matinee needs a Redis that is not a cluster"},
    Known{"MOVED", "this Redis is a cluster; Matinee needs one that is not"},
    Known{"CROSSSLOT", "this Redis is a cluster; Matinee needs one that is not"},
    Known{"WRONGPASS", "Redis refuses the user or password of REDIS_URL"},
    Known{"NOAUTH", "Redis wants a password; REDIS_URL has none"},
    Known{"NOPERM", "Redis' rules (ACL) do not let the user of REDIS_URL do this"},
};

}  // namespace

bool Reply::IsError(std::string_view word) const {
  if (kind != Kind::kError) return false;
  const std::string whole = std::string(word) + " ";  // BUSY is not BUSYGROUP.
  return text.starts_with(whole) || text.find(" -" + whole) != std::string::npos;
}

Error ToError(std::string_view operation, const Reply& error) {
  const std::string behind = " (" + std::string(operation) + ")";
  for (const Known& known : kKnown) {
    if (error.IsError(known.word)) {
      return {Code::kUnavailable, std::string(known.sentence) + behind};
    }
  }
  return {Code::kInternal, "Redis refuses " + std::string(operation) + ": " +
                               EscapeUnprintable(TruncateUtf8(error.text, kWordsBytesMax))};
}

}  // namespace matinee::coord::redis
