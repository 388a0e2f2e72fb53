// nginx's configuration, made from the settings: the port, the page's files, byte ranges, slow
// clients, limits, security headers, and every error as problem+json. What nginx cannot answer
// itself it passes to the API, which decides about files by X-Accel-Redirect to /_captures/.
//
// On a Unix socket, for nobody but Matinee, it answers to /status (stub_status, see nginx_status.h)
// and to /health (the API's /api/health, asked the way that clients' requests go).
//
// Thread safety: pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace matinee::edge {

// sun_path without its NUL; see unix(7).
constexpr size_t kSocketPathBytesMax = 107;

struct EdgeOptions {
  std::string nginx_path = "nginx";
  std::string host = "0.0.0.0";  // An IP address, or localhost.
  uint16_t port = 8787;
  std::string base_path;                    // "" or "/matinee"
  std::vector<std::string> allowed_hosts;   // Empty: all. In small letters, without ports.
  std::string upstream_host = "127.0.0.1";  // The API's. nginx looks a name up when it starts.
  uint16_t upstream_port = 0;
  std::string web_dir;        // The built page.
  std::string capture_dir;    // Where captures lie.
  std::string run_dir;        // nginx's own: pid, temporary files, cache.
  std::string status_socket;  // Path; at most kSocketPathBytesMax.
  // "user group" of nginx's workers; needed, and allowed, only for root. See edge.cc.
  std::string worker_user;
};

// Fails with kInvalidArgument for a folder whose name nginx cannot be told ('$', control
// characters).
Result<std::string> NginxConfig(const EdgeOptions& options);

}  // namespace matinee::edge
