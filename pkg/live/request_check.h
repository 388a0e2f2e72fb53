// Which requests the server answers with an event stream.
//
// Thread safety: pure functions.
#pragma once

#include <optional>
#include <string_view>

#include "http/host_policy.h"
#include "http/message.h"

namespace matinee::live {

struct RequestHead {
  std::string_view method;
  std::string_view target;
  std::optional<std::string_view> host;  // The Host header.
};

// Returns the answer to a request that is not GET or HEAD /api/events (404, 405), or whose host is
// absent or refused by `hosts`: 400, 421. Otherwise nullopt.
std::optional<http::Response> RefuseRequest(const RequestHead& head, const http::HostPolicy& hosts);

}  // namespace matinee::live
