// One HTTP question over a Unix socket, for what nginx tells its own process only. Not a client for
// anything else: no headers are handed out, and nothing is trusted to be short or quick.
//
// Thread safety: pure functions but for the socket.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"

namespace matinee::edge {

struct LocalAnswer {
  int status = 0;
  std::string body;
};

// GET `target` (HTTP/1.0, so that the answer ends with the connection). The whole exchange takes at
// most `limit`. Fails with kUnavailable (nobody listens, connection lost), kDeadlineExceeded,
// kBadGateway (not HTTP, or longer than 64 KiB).
Result<LocalAnswer> AskLocally(const std::string& socket_path, std::string_view target,
                               std::chrono::milliseconds limit);

// The answer in `bytes`, as they came until the connection ended.
Result<LocalAnswer> ParseLocalAnswer(std::string_view bytes);

}  // namespace matinee::edge
