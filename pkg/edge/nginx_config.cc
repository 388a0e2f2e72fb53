#include "edge/nginx_config.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "base/strings.h"
#include "edge/upstream_config.h"

namespace matinee::edge {
namespace {

// A home has a dozen clients. An upstream has its limits in its row.
constexpr std::string_view kLimits = R"(
  # The origin of PUBLIC_URL is a key.
  map_hash_bucket_size 512;
  client_max_body_size 64k;
  client_body_buffer_size 64k;
  client_header_buffer_size 4k;
  large_client_header_buffers 4 8k;
  client_header_timeout 5s;
  client_body_timeout 15s;
  send_timeout 60s;
  keepalive_timeout 75s;
  reset_timedout_connection on;
)";

constexpr std::string_view kTypes = R"(
  types {
    text/html html; text/css css; text/javascript js mjs; application/json json map;
    application/manifest+json webmanifest; image/svg+xml svg; image/png png; image/jpeg jpg jpeg;
    image/webp webp; image/x-icon ico; font/woff2 woff2; text/plain txt; video/mp4 mp4;
  }
  default_type application/octet-stream;
  gzip on;
  gzip_min_length 512;
  gzip_vary on;
  gzip_proxied any;
  gzip_types text/css text/javascript application/json application/manifest+json image/svg+xml
             application/problem+json;
)";

// The page's policy: everything comes from Matinee itself; framing is not allowed.
constexpr std::string_view kPagePolicy =
    "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; style-src 'self'; "
    "script-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action "
    "'none'; "
    "frame-ancestors 'none'";
// The policy of a capture's file: shown, without scripts. Inline styles are the browser's own. With
// `sandbox` the file would have an opaque origin, and Chromium would not let it load itself.
constexpr std::string_view kFilePolicy =
    "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; "
    "frame-ancestors 'none'";

struct Problem {
  int status;
  std::string_view code;
  std::string_view title;
  std::string_view detail;
};

// The errors that nginx answers itself (without apostrophes: they would end nginx's quotes). 494
// and 431: request header too large; 497: HTTPS on the HTTP port.
constexpr std::array kProblems = {
    Problem{400, "malformed", "Malformed request", "The request is not valid HTTP."},
    Problem{403, "permission_denied", "Not allowed", "Access to this address is not allowed."},
    Problem{404, "not_found", "Not found", "There is nothing at this address."},
    Problem{405, "method_not_allowed", "Method not allowed",
            "This method is not allowed at this address."},
    Problem{408, "malformed", "Request timeout", "The request did not arrive in time."},
    Problem{412, "precondition_failed", "Precondition failed",
            "The file is not the one that the request names."},
    Problem{413, "too_large", "Body too large", "The body is larger than this address accepts."},
    Problem{414, "uri_too_long", "Address too long", "The address may have at most 8 KiB."},
    Problem{416, "range_not_satisfiable", "Range not satisfiable",
            "The byte range is outside of the file."},
    Problem{500, "internal", "Internal error", "The web server cannot answer; see the log."},
    Problem{502, "bad_gateway", "Bad gateway",
            "Matinee does not answer: it is starting or restarting. Try again in a moment."},
    Problem{503, "unavailable", "Not available right now", "Try again in a moment."},
    Problem{504, "deadline_exceeded", "Took too long",
            "Matinee did not answer in time. Try again in a moment."},
};

constexpr std::string_view kForeignTitle = "Not allowed";
constexpr std::string_view kForeignDetail =
    "A page of another site may not change anything here. If it is yours, set PUBLIC_URL to the "
    "address that browsers use.";
constexpr std::string_view kForeignPath = "/_problem/foreign";
constexpr std::string_view kHealthPath = "/api/health";

// Escapes a folder for double quotes. nginx expands variables in paths; a '$' cannot be escaped.
Result<std::string> Escaped(std::string_view value) {
  std::string escaped;
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '$' || byte < 0x20 || byte == 0x7F) {
      return Fail(Code::kInvalidArgument,
                  "the folder " + EscapeUnprintable(value) +
                      " cannot be served: nginx does not allow '$' or control characters in names");
    }
    if (c == '"' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

// The headers of every answer: browsers guess no type, and no other site's page may load it.
std::string CommonHeaders(std::string_view indent) {
  return fmt::format(
      "{0}add_header X-Content-Type-Options nosniff always;\n"
      "{0}add_header Cross-Origin-Resource-Policy same-origin always;\n",
      indent);
}

// Error pages are internal addresses, not named locations: a malformed request line leaves nginx
// without a URI, and named locations then answer a bare 500. Only those of 421 are named: its check
// comes before locations, and would apply again to an internal address.
std::string ErrorPages() {
  std::string text;
  for (const Problem& problem : kProblems) {
    text += fmt::format("    error_page {0} /_problem/{0};\n", problem.status);
  }
  text += "    error_page 421 $refusal;\n";
  return text + "    error_page 411 431 494 497 501 505 =400 /_problem/400;\n";
}

// A location that answers with a problem. nginx expands variables in `problem.detail`.
std::string ProblemLocation(std::string_view location, const Problem& problem) {
  const bool named = location.starts_with('@');
  const bool temporary = problem.status >= 502 && problem.status <= 504;
  std::string text = fmt::format("    location {}{} {{\n", named ? "" : "= ", location);
  if (!named) text += "      internal;\n";
  // Without types, the extension of the requested address does not set the content type.
  text += "      types {}\n      default_type application/problem+json;\n";
  text += "      add_header Cache-Control no-store always;\n" + CommonHeaders("      ");
  if (temporary) text += "      add_header Retry-After 2 always;\n";
  return text + fmt::format(
                    "      return {0} '{{\"type\":\"about:blank\",\"title\":\"{2}\",\"status\":{0},"
                    "\"detail\":\"{3}\",\"code\":\"{1}\"}}';\n    }}\n",
                    problem.status, problem.code, problem.title, problem.detail);
}

std::string ErrorLocations() {
  std::string text;
  for (const Problem& problem : kProblems) {
    text += ProblemLocation(fmt::format("/_problem/{}", problem.status), problem);
  }
  text += ProblemLocation(kForeignPath, {403, "permission_denied", kForeignTitle, kForeignDetail});
  const std::string refusal = http::HostRefusal("$refused_host");
  text += ProblemLocation("@problem_421", {421, "misdirected", "Misdirected request", refusal});
  // The same for a person who opened the page.
  text +=
      "    location @page_421 {\n      types {}\n      default_type text/html;\n"
      "      add_header Cache-Control no-store always;\n" +
      CommonHeaders("      ") +
      "      add_header Content-Security-Policy \"default-src 'none'; frame-ancestors 'none'\" "
      "always;\n";
  text += fmt::format(
      "      return 421 '<!doctype html><html lang=\"en\"><title>Matinee</title>"
      "<meta name=\"viewport\" content=\"width=device-width\"><p>{}</p></html>';\n    }}\n",
      refusal);
  return text;
}

std::string PageHeaders(std::string_view cache_control) {
  return fmt::format(
      "      add_header Content-Security-Policy \"{}\" always;\n"
      "      add_header Cross-Origin-Opener-Policy same-origin always;\n"
      "      add_header Referrer-Policy no-referrer always;\n"
      "      add_header Cache-Control \"{}\";\n{}",
      kPagePolicy, cache_control, CommonHeaders("      "));
}

// The directives of all proxied requests; those that differ are in upstream_config.cc.
constexpr std::string_view kProxy = R"(
    proxy_http_version 1.1;
    # A DELETE that is retried after a lost connection would answer 404 for a success.
    proxy_next_upstream off;
    proxy_buffers 16 16k;
    proxy_intercept_errors off;
    # Every answer has them; see add_header.
    proxy_hide_header X-Content-Type-Options;
    proxy_hide_header Cross-Origin-Resource-Policy;
)";

// The folder of captures. A link in the place of one is not followed, nor a folder shown; the
// folder of captures itself may be, or lie behind, a link.
std::string CaptureFolder(const std::string& captures) {
  return fmt::format(
      "      log_not_found on;\n"
      "      alias \"{0}/\";\n"
      "      disable_symlinks on \"from={0}\";\n"
      // nginx would redirect to the internal address with a slash at its end.
      "      if (-d $request_filename) {{ return 404; }}\n",
      captures);
}

// The server on the status socket. It comes first: nginx closes sockets in this order, so an
// exiting nginx has removed this one when its port becomes free for the next. The Host header is an
// allowed one, as the API refuses others.
std::string StatusServer(const EdgeOptions& options, const std::string& socket,
                         const std::string& health_group, const std::string& captures) {
  return fmt::format(
      "  map \"$http_if_match$http_if_unmodified_since\" $precondition {{ \"\" \"\"; default 1; "
      "}}\n"
      "  upstream files {{ server \"unix:{0}\"; }}\n"
      "  server {{\n    listen \"unix:{0}\";\n"
      "    location = /status {{ stub_status; }}\n"
      "    location = /health {{\n"
      // The caller reports errors; nginx would log one per check.
      "      error_log stderr crit;\n"
      "      proxy_http_version 1.1;\n"
      "      proxy_set_header Connection \"\";\n"
      "      proxy_set_header Host \"{1}\";\n"
      "      proxy_connect_timeout 1s;\n"
      "      proxy_read_timeout 1s;\n"
      "      proxy_pass http://{2}{3};\n    }}\n"
      "    location /captures/ {{\n{4}    }}\n"
      "    location / {{ return 404; }}\n  }}\n",
      socket, options.hosts.OwnName(), health_group, kHealthPath, CaptureFolder(captures));
}

// The client's address, if it is not the connection's. X-Forwarded-For is read from its end, as far
// as the proxies are trusted.
std::string ClientAddress(const std::vector<std::string>& trusted_proxies) {
  std::string text = "  geo $realip_remote_addr $trusted_proxy {\n    default \"\";\n";
  for (const std::string& proxy : trusted_proxies) text += fmt::format("    {} 1;\n", proxy);
  text += "  }\n";
  if (trusted_proxies.empty()) return text;
  for (const std::string& proxy : trusted_proxies) {
    text += fmt::format("  set_real_ip_from {};\n", proxy);
  }
  return text + "  real_ip_header X-Forwarded-For;\n  real_ip_recursive on;\n";
}

// The limit of requests at the same time, also for clients behind a trusted proxy.
std::string ConnectionLimit(const EdgeOptions& options) {
  if (options.connections_per_address == 0) return "";
  std::string text = "  geo $counted {\n    default 1;\n";
  for (const std::string& proxy : options.trusted_proxies) {
    text += fmt::format("    {} \"\";\n", proxy);
  }
  return text + fmt::format(
                    "  }}\n"
                    "  map $counted $counted_address {{ \"\" \"\"; default "
                    "$binary_remote_addr; }}\n"
                    "  limit_conn_zone $counted_address zone=addresses:1m;\n"
                    "  limit_conn addresses {};\n",
                    options.connections_per_address);
}

// $host_allowed: whether the policy allows the Host header. An error page is not checked again; a
// malformed request has no Host header that nginx has read.
std::string HostMaps(const http::HostPolicy& hosts) {
  return fmt::format(
      "  map $uri $host_asked {{ ~^/_problem/ {}; default $http_host; }}\n"
      "  map $host_asked $host_allowed {{ default 0; \"~*{}\" 1; }}\n"
      "  map $http_host $refused_host {{ default \"{}\"; \"~{}\" \"the name $http_host\"; }}\n"
      "  map $http_accept $refusal {{ default @problem_421; ~*text/html @page_421; }}\n",
      hosts.OwnName(), hosts.Pattern(), http::RefusedHost(""), http::kShownHostPattern);
}

// $foreign_change: "1" for a request by which a page of another site wants to change something.
// Browsers name the page's site in Origin, and say in Sec-Fetch-Site what they know of it; clients
// that are not browsers send neither. The schemes may differ: a proxy in front may have ended TLS.
std::string OriginMaps(const std::string& public_url) {
  std::string text = R"(
  map $request_method $changes { GET ""; HEAD ""; OPTIONS ""; default 1; }
  map $http_sec_fetch_site $cross_site { ~*^cross-site$ 1; default ""; }
  map "$http_origin $http_host" $same_origin {
    default "";
    "~^ " 1;
    "~*^https?://([^ ]+) \1$" 1;
    "~*^http://([^ ]+) \1:80$" 1;
    "~*^https://([^ ]+) \1:443$" 1;
  }
  map "$trusted_proxy $http_origin $http_x_forwarded_host" $same_forwarded {
    default "";
    "~*^1 https?://([^ ]+) \1$" 1;
  }
)";
  const std::string origin = http::PublicOrigin(public_url);
  text += fmt::format("  map $http_origin $public_origin {{ default \"\"; {} }}\n",
                      origin.empty() ? "" : fmt::format("\"{}\" 1;", origin));
  return text +
         "  map \"$changes $cross_site $same_origin$same_forwarded$public_origin\" "
         "$foreign_change {\n    default \"\";\n    \"~^1 1\" 1;\n    \"~^1  $\" 1;\n  }\n";
}

std::string PageLocations(const std::string& base, const std::string& web) {
  std::string text;
  if (!base.empty()) {
    text += fmt::format("    location = / {{ return 302 {}/; }}\n", base);
    text += fmt::format("    location = {0} {{ return 308 {0}/; }}\n", base);
    // Without this, nginx would serve its package's welcome page.
    text += "    location / { return 404; }\n";
  }
  const std::string revalidated = PageHeaders("no-cache");
  const std::string immutable = PageHeaders("public, max-age=31536000, immutable");
  text +=
      fmt::format("    location {}/ {{\n      alias \"{}/\";\n      index index.html;\n{}    }}\n",
                  base, web, revalidated);
  // The assets' names change with their content.
  text += fmt::format("    location {}/assets/ {{\n      alias \"{}/assets/\";\n{}    }}\n", base,
                      web, immutable);
  text += fmt::format(
      "    location = {}/api/openapi.json {{\n      alias \"{}/api/openapi.json\";\n{}    }}\n",
      base, web, revalidated);
  text += fmt::format("    location = {0}/api/docs {{ return 308 {0}/api/docs/; }}\n", base);
  text += fmt::format(
      "    location {}/api/docs/ {{\n      alias \"{}/api/docs/\";\n      index index.html;\n{}    "
      "}}\n",
      base, web, revalidated);
  return text;
}

// Files that the API has named.
std::string CaptureLocations(const std::string& captures) {
  // A capture never changes. Without "always", as errors must not be cached.
  const std::string headers =
      fmt::format(
          "      add_header Cache-Control \"private, max-age=31536000, immutable\";\n"
          "      add_header Content-Security-Policy \"{}\" always;\n",
          kFilePolicy) +
      CommonHeaders("      ");
  std::string text = "    location /_captures/ {\n      internal;\n";
  text += "      if ($precondition) { rewrite ^/_captures/(.*)$ /_checked/$1 last; }\n";
  text += CaptureFolder(captures) + headers + "    }\n";
  // nginx closes a connection after its own 412, so the file comes from the status socket's server
  // if there may be one.
  text += "    location /_checked/ {\n      internal;\n";
  text += "      proxy_set_header Host localhost;\n      proxy_set_header Connection \"\";\n";
  text += "      proxy_pass_request_body off;\n      proxy_set_header Content-Length \"\";\n";
  text += "      proxy_intercept_errors on;\n      proxy_hide_header Content-Type;\n";
  text += "      proxy_pass http://files/captures/;\n";
  return text + headers + "    }\n";
}

}  // namespace

Result<std::string> NginxConfig(const EdgeOptions& options) {
  TRY(CheckUpstreams(options.upstreams));
  const Upstream* const health = FindUpstream(options.upstreams, kHealthPath);
  if (health == nullptr) {
    return Fail(Code::kInvalidArgument, "no upstream serves " + std::string(kHealthPath));
  }
  TRY_ASSIGN(const std::string run, Escaped(options.run_dir));
  TRY_ASSIGN(const std::string cache,
             Escaped(options.cache_dir.empty() ? options.run_dir + "/cache" : options.cache_dir));
  TRY_ASSIGN(const std::string web, Escaped(options.web_dir));
  TRY_ASSIGN(const std::string captures, Escaped(options.capture_dir));
  TRY_ASSIGN(const std::string status_socket, Escaped(options.status_socket));
  const std::string& base = options.base_path;

  std::string text = "# Written by Matinee at each start; changes are lost.\n";
  text += "daemon off;\nworker_processes 2;\nerror_log stderr warn;\n";
  text += fmt::format("pid \"{}/nginx.pid\";\n", run);
  if (!options.worker_user.empty()) text += fmt::format("user {};\n", options.worker_user);
  // A stream of events occupies two connections, and there are at most 500 (live/hub.h).
  text += "worker_rlimit_nofile 4096;\nevents { worker_connections 2048; }\nhttp {\n";
  text += "  access_log off;\n  server_tokens off;\n  sendfile on;\n  tcp_nopush on;\n";
  for (const char* kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"}) {
    text += fmt::format("  {1}_temp_path \"{0}/{1}\";\n", run, kind);
  }
  text += kLimits;
  text += kTypes;
  text += ClientAddress(options.trusted_proxies) + ConnectionLimit(options);
  text += HostMaps(options.hosts);
  text += OriginMaps(options.public_url);
  text += UpstreamGroups(options.upstreams, cache);
  text +=
      StatusServer(options, status_socket, GroupOf(options.upstreams, health->server), captures);
  text += fmt::format("  server {{\n    listen {} backlog=511;\n    server_name _;\n",
                      Authority(options.host, options.port));
  // Requests for unknown addresses are not logged; a capture's missing file is (see below).
  text += "    log_not_found off;\n";
  text += "    absolute_redirect off;\n    if ($host_allowed = 0) { return 421; }\n";
  text += fmt::format("    if ($foreign_change) {{ rewrite ^ {} last; }}\n", kForeignPath);
  text += CommonHeaders("    ");
  text += ErrorPages();
  text += kProxy;
  text += UpstreamLocations(options.upstreams, base);
  text += PageLocations(base, web);
  text += CaptureLocations(captures);
  text += ErrorLocations();
  return text + "  }\n}\n";
}

}  // namespace matinee::edge
