// Parses nginx's counters, from its module stub_status
// (https://nginx.org/en/docs/http/ngx_http_stub_status_module.html).
//
// Thread safety: pure.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace matinee::edge {

struct NginxStatus {
  // Client connections at this moment; `active` is all of them.
  int64_t active = 0;
  int64_t reading = 0;  // Reading a request's head.
  int64_t writing = 0;  // Answering a request.
  int64_t waiting = 0;  // Idle keep-alive.
  // Since nginx started.
  int64_t accepted = 0;
  int64_t handled = 0;  // Less than `accepted` when nginx ran out of connections.
  int64_t requests = 0;
};

// Fails with kBadGateway unless `text` has exactly the module's format.
Result<NginxStatus> ParseStubStatus(std::string_view text);

}  // namespace matinee::edge
