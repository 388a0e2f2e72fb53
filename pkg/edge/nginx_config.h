// Makes nginx's configuration from the settings: port, the page's files, byte ranges, slow clients,
// limits, security headers, and every error as problem+json. The table of upstreams says what nginx
// proxies, and to which server.
//
// On a Unix socket, for Matinee only, nginx serves /status (stub_status, see nginx_status.h) and
// /health (the API's /api/health, through the same upstream as clients' requests) and, for itself,
// /captures/.
//
// Thread safety: pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "edge/upstream.h"
#include "http/host_policy.h"

namespace matinee::edge {

struct EdgeOptions {
  std::string nginx_path = "nginx";
  std::string host = "0.0.0.0";  // An IP address, or localhost.
  uint16_t port = 8787;
  std::string base_path;  // "" or "/matinee"
  http::HostPolicy hosts;
  std::string public_url;  // See http::AddressSettings, also for the next.
  std::vector<std::string> trusted_proxies;
  int connections_per_address = 0;  // 0: any number. Trusted proxies have no limit.
  // libmatinee_accept.so, which counts connections when they are accepted (accept_limit/). If it is
  // missing, nginx itself counts those whose request it has read.
  std::string accept_library;
  Upstreams upstreams;        // One of them serves /api/health.
  std::string web_dir;        // The built page.
  std::string capture_dir;    // The folder of captures.
  std::string run_dir;        // For nginx: pid, temporary files.
  std::string cache_dir;      // Of answers that clients share; "": in run_dir.
  std::string status_socket;  // Path; at most http::kSocketPathBytesMax.
  // "user group" of nginx's workers; needed and allowed for root only. See edge.cc.
  std::string worker_user;
};

// Fails with kInvalidArgument for a folder whose name cannot be written in nginx's configuration
// ('$', control characters), and for what CheckUpstreams refuses.
Result<std::string> NginxConfig(const EdgeOptions& options);

}  // namespace matinee::edge
