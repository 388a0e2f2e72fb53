// Makes the parts of nginx's configuration that follow from the table of upstreams. Internal to
// this package.
//
// Thread safety: pure.
#pragma once

#include <cstdint>
#include <string>

#include "edge/upstream.h"

namespace matinee::edge {

// Returns "host:port", or "[host]:port" for an IPv6 address.
std::string Authority(const std::string& host, uint16_t port);

// Returns the directives of the http block: a group of connections for each server, and the maps
// and the cache that the locations use. `cache_dir` is escaped.
std::string UpstreamGroups(const Upstreams& upstreams, const std::string& cache_dir);

// Returns the name of the group, for proxy_pass.
std::string GroupOf(const Upstreams& upstreams, const UpstreamServer& server);

// Returns a location for each row.
std::string UpstreamLocations(const Upstreams& upstreams, const std::string& base_path);

}  // namespace matinee::edge
