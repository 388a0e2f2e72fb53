// What nginx counts, read from its module stub_status
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
  int64_t reading = 0;  // A request's head is being read.
  int64_t writing = 0;  // A request is being answered.
  int64_t waiting = 0;  // Kept alive, without a request.
  // Since nginx began.
  int64_t accepted = 0;
  int64_t handled = 0;  // Less than `accepted` when nginx ran out of connections.
  int64_t requests = 0;
};

// Fails with kBadGateway for anything but what the module writes.
Result<NginxStatus> ParseStubStatus(std::string_view text);

}  // namespace matinee::edge
