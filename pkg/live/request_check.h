// Which requests the server answers with an event stream.
//
// Thread safety: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"

namespace matinee::live {

struct RequestHead {
  std::string_view method;
  std::string_view target;
  std::optional<std::string_view> host;  // The Host header.
};

// Returns the answer to a request that is not GET or HEAD /api/events (404, 405), or whose host is
// not among `allowed_hosts` (in lower case, without ports; empty allows all): 400, 421. Otherwise
// nullopt.
std::optional<http::Response> RefuseRequest(const RequestHead& head,
                                            const std::vector<std::string>& allowed_hosts);

}  // namespace matinee::live
