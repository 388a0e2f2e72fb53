#include "edge/upstream_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace matinee::edge {
namespace {

// What the locations use. A value of "0" would not count for proxy_cache_bypass, so a header's
// value cannot stand there itself.
constexpr std::string_view kMaps = R"(
  map "$http_cookie$http_authorization" $personal { "" 0; default 1; }
  map $http_upgrade $proxy_upgrade { ~*^websocket$ websocket; default ""; }
  map $proxy_upgrade $proxy_connection { "" ""; default upgrade; }
)";

// The headers of all requests. A header that no upstream reads is removed: the API's parser of some
// of them is stricter than HTTP, and nginx itself handles Range.
constexpr std::string_view kHeaders = R"(
      proxy_set_header Host $http_host;
      proxy_set_header X-Request-Id $request_id;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header Accept "";
      proxy_set_header Accept-Encoding "";
      proxy_set_header Accept-Language "";
      proxy_set_header Cache-Control "";
      proxy_set_header Date "";
      proxy_set_header Expect "";
      proxy_set_header If-Modified-Since "";
      proxy_set_header If-None-Match "";
      proxy_set_header If-Range "";
      proxy_set_header Pragma "";
      proxy_set_header Range "";
      proxy_set_header Referer "";
      proxy_set_header User-Agent "";
)";

// The first server with this address has the name.
size_t GroupIndex(const Upstreams& upstreams, const UpstreamServer& server) {
  const auto same = [&server](const Upstream& row) {
    return row.server.host == server.host && row.server.port == server.port;
  };
  const auto found = std::find_if(upstreams.begin(), upstreams.end(), same);
  return static_cast<size_t>(found - upstreams.begin());
}

std::string Set(std::string_view header, std::string_view value) {
  return fmt::format("      proxy_set_header {} {};\n", header, value.empty() ? "\"\"" : value);
}

// All of a row's headers: nginx inherits them from the server only if a location has none. A
// variable, unlike a header that passes by itself, is one value even if the header came twice.
std::string Headers(const Upstream& row) {
  std::string text(kHeaders.substr(1));
  text += Set("Authorization", row.credentials ? "$http_authorization" : "");
  text += Set("Cookie", row.credentials ? "$http_cookie" : "");
  text += Set("Origin", row.credentials ? "$http_origin" : "");
  text += Set("Upgrade", row.websocket ? "$proxy_upgrade" : "");
  text += Set("Connection", row.websocket ? "$proxy_connection" : "");
  return text;
}

std::string Cache(const Upstream& row) {
  if (row.cache.count() == 0) return "";
  return fmt::format(
      "      proxy_cache shared;\n"
      "      proxy_cache_key {};\n"
      "      proxy_cache_valid 200 {}s;\n"
      "      proxy_cache_bypass $personal;\n"
      "      proxy_no_cache $personal;\n",
      row.path, row.cache.count());
}

std::string IgnoredHeaders(const Upstream& row) {
  std::string names;
  if (!row.captures) names += " X-Accel-Redirect";
  if (row.cache.count() > 0) names += " Cache-Control Expires";
  return names.empty() ? "" : fmt::format("      proxy_ignore_headers{};\n", names);
}

std::string Location(const Upstreams& upstreams, const Upstream& row, const std::string& base) {
  std::string text =
      fmt::format("    location {}{}{} {{\n", row.path.ends_with('/') ? "" : "= ", base, row.path);
  text += Headers(row);
  text += Cache(row);
  text += IgnoredHeaders(row);
  if (row.streaming) text += "      proxy_buffering off;\n      proxy_request_buffering off;\n";
  text += fmt::format("      client_max_body_size {};\n", row.body_bytes_max);
  text += fmt::format("      proxy_connect_timeout {}ms;\n", row.connect_timeout.count());
  text += fmt::format("      proxy_send_timeout {}ms;\n", row.send_timeout.count());
  text += fmt::format("      proxy_read_timeout {}ms;\n", row.read_timeout.count());
  // The servers' paths have no base path.
  if (!base.empty()) text += fmt::format("      rewrite ^{}(/.*)$ $1 break;\n", base);
  return text +
         fmt::format("      proxy_pass http://{};\n    }}\n", GroupOf(upstreams, row.server));
}

}  // namespace

std::string Authority(const std::string& host, uint16_t port) {
  const bool ipv6 = host.find(':') != std::string::npos;
  return fmt::format(fmt::runtime(ipv6 ? "[{}]:{}" : "{}:{}"), host, port);
}

std::string GroupOf(const Upstreams& upstreams, const UpstreamServer& server) {
  return fmt::format("upstream_{}", GroupIndex(upstreams, server));
}

std::string UpstreamGroups(const Upstreams& upstreams, const std::string& cache_dir) {
  std::string text = fmt::format(
      "  proxy_cache_path \"{}\" keys_zone=shared:256k max_size=4m inactive=10s "
      "use_temp_path=off;\n",
      cache_dir);
  text += kMaps.substr(1);
  for (size_t i = 0; i < upstreams.size(); ++i) {
    const UpstreamServer& server = upstreams[i].server;
    if (GroupIndex(upstreams, server) != i) continue;
    // Shorter than the API's idle timeout, so that nginx never writes to a connection that the API
    // is closing.
    text += fmt::format(
        "  upstream upstream_{} {{ server {} max_fails=0; keepalive 32; keepalive_timeout 30s; "
        "}}\n",
        i, Authority(server.host, server.port));
  }
  return text;
}

std::string UpstreamLocations(const Upstreams& upstreams, const std::string& base_path) {
  std::string text;
  for (const Upstream& row : upstreams) text += Location(upstreams, row, base_path);
  return text;
}

}  // namespace matinee::edge
