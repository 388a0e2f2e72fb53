// The table of upstreams: which addresses nginx passes to which server, and what may pass. A row is
// a server's part of the address space; nginx picks the row with the longest path. All other
// addresses are files of the page.
//
// Thread safety: plain values, pure functions.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace matinee::edge {

struct UpstreamServer {
  std::string host;  // A name or an IP address. nginx resolves a name when it starts.
  uint16_t port = 0;
  std::string setting;  // The setting that errors name, such as "API_ADDRESS".

  bool operator==(const UpstreamServer&) const = default;
};

// The defaults are for small JSON answers.
struct Upstream {
  // Without the base path, which is stripped. "/api/" is a prefix, "/api/sessions" one address.
  std::string path;
  UpstreamServer server;
  // Cookie, Authorization and Origin pass; otherwise they are removed.
  bool credentials = false;
  // "Upgrade: websocket" passes; any other Upgrade is removed.
  bool websocket = false;
  // Bytes pass in both directions as they arrive; otherwise nginx buffers requests and answers, so
  // that a slow client does not occupy the server.
  bool streaming = false;
  // An answer may name a capture's file, which nginx delivers (X-Accel-Redirect to /_captures/).
  bool captures = false;
  // All clients share an answer of 200 for so long, whatever the query; 0: it is not cached. A
  // request with Cookie or Authorization neither reads nor fills the cache.
  std::chrono::seconds cache{0};
  size_t body_bytes_max = 65536;
  std::chrono::milliseconds connect_timeout{5000};
  // Between two writes, and between two reads.
  std::chrono::milliseconds send_timeout{15000};
  std::chrono::milliseconds read_timeout{30000};
};

using Upstreams = std::vector<Upstream>;

// Fails with kInvalidArgument for the first row that nginx's configuration cannot hold: a path or
// host with other characters than names need, a path that another row or nginx itself serves, a
// cache that would mix answers, a limit of 0.
Status CheckUpstreams(const Upstreams& upstreams);

// Returns the row that nginx picks for this path, or nullptr.
const Upstream* FindUpstream(const Upstreams& upstreams, std::string_view path);

}  // namespace matinee::edge
