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
  client_max_body_size 64k;
  client_body_buffer_size 64k;
  client_header_buffer_size 4k;
  large_client_header_buffers 4 8k;
  client_header_timeout 15s;
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
// The policy of a capture's file: shown, without scripts. Inline styles are the browser's own.
constexpr std::string_view kFilePolicy =
    "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox; "
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
    Problem{413, "too_large", "Body too large", "The body is larger than this address accepts."},
    Problem{414, "uri_too_long", "Address too long", "The address may have at most 8 KiB."},
    Problem{416, "range_not_satisfiable", "Range not satisfiable",
            "The byte range is outside of the file."},
    Problem{421, "misdirected", "Misdirected request",
            "Unknown host name. Add it to ALLOWED_HOSTS."},
    Problem{500, "internal", "Internal error", "The web server cannot answer; see the log."},
    Problem{502, "bad_gateway", "Bad gateway",
            "Matinee does not answer: it is starting or restarting. Try again in a moment."},
    Problem{503, "unavailable", "Not available right now", "Try again in a moment."},
    Problem{504, "deadline_exceeded", "Took too long",
            "Matinee did not answer in time. Try again in a moment."},
};

constexpr int kMisdirected = 421;
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

// Error pages are internal addresses, not named locations: a malformed request line leaves nginx
// without a URI, and named locations then answer a bare 500. Only 421 is named: its check comes
// before locations, and would apply again to an internal address.
std::string ErrorPages() {
  std::string text;
  for (const Problem& problem : kProblems) {
    text += problem.status == kMisdirected
                ? fmt::format("    error_page {0} @problem_{0};\n", problem.status)
                : fmt::format("    error_page {0} /_problem/{0};\n", problem.status);
  }
  return text + "    error_page 411 431 494 497 501 505 =400 /_problem/400;\n";
}

std::string ErrorLocations() {
  std::string text;
  for (const Problem& problem : kProblems) {
    const std::string location = problem.status == kMisdirected
                                     ? fmt::format("@problem_{}", problem.status)
                                     : fmt::format("= /_problem/{}", problem.status);
    const bool temporary = problem.status >= 502 && problem.status <= 504;
    text += fmt::format("    location {} {{\n", location);
    if (problem.status != kMisdirected) text += "      internal;\n";
    // Without types, the extension of the requested address does not set the content type.
    text += "      types {}\n      default_type application/problem+json;\n";
    text += "      add_header Cache-Control no-store always;\n";
    text += "      add_header X-Content-Type-Options nosniff always;\n";
    if (temporary) text += "      add_header Retry-After 2 always;\n";
    text += fmt::format(
        "      return {0} '{{\"type\":\"about:blank\",\"title\":\"{2}\",\"status\":{0},"
        "\"detail\":\"{3}\",\"code\":\"{1}\"}}';\n    }}\n",
        problem.status, problem.code, problem.title, problem.detail);
  }
  return text;
}

std::string PageHeaders(std::string_view cache_control) {
  return fmt::format(
      "      add_header Content-Security-Policy \"{}\" always;\n"
      "      add_header X-Content-Type-Options nosniff always;\n"
      "      add_header Referrer-Policy no-referrer always;\n"
      "      add_header Cache-Control \"{}\";\n",
      kPagePolicy, cache_control);
}

// The directives of all proxied requests; those that differ are in upstream_config.cc.
constexpr std::string_view kProxy = R"(
    proxy_http_version 1.1;
    # A DELETE that is retried after a lost connection would answer 404 for a success.
    proxy_next_upstream off;
    proxy_buffers 16 16k;
    proxy_intercept_errors off;
)";

// The server on the status socket. It comes first: nginx closes sockets in this order, so an
// exiting nginx has removed this one when its port becomes free for the next. The Host header is an
// allowed one, as the API refuses others.
std::string StatusServer(const EdgeOptions& options, const std::string& socket,
                         const std::string& health_group) {
  return fmt::format(
      "  server {{\n    listen \"unix:{}\";\n"
      "    location = /status {{ stub_status; }}\n"
      "    location = /health {{\n"
      // The caller reports errors; nginx would log one per check.
      "      error_log stderr crit;\n"
      "      proxy_http_version 1.1;\n"
      "      proxy_set_header Connection \"\";\n"
      "      proxy_set_header Host \"{}\";\n"
      "      proxy_connect_timeout 1s;\n"
      "      proxy_read_timeout 1s;\n"
      "      proxy_pass http://{}{};\n    }}\n"
      "    location / {{ return 404; }}\n  }}\n",
      socket, options.allowed_hosts.empty() ? "localhost" : options.allowed_hosts.front(),
      health_group, kHealthPath);
}

// Allows each name with any port; an empty list allows all. A request without Host (malformed, or
// HTTP/1.0) does not come from a browser, so not from a foreign page; the API itself refuses it.
std::string HostMap(const std::vector<std::string>& allowed_hosts) {
  if (allowed_hosts.empty()) return "  map $http_host $host_allowed { default 1; }\n";
  std::string text = "  map $http_host $host_allowed {\n    default 0;\n    \"\" 1;\n";
  for (const std::string& host : allowed_hosts) {
    std::string pattern;
    for (const char c : host) {
      if (c == '.' || c == '[' || c == ']') pattern += '\\';
      pattern += c;
    }
    text += fmt::format("    \"~*^{}(:[0-9]+)?$\" 1;\n", pattern);
  }
  return text + "  }\n";
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

}  // namespace

Result<std::string> NginxConfig(const EdgeOptions& options) {
  TRY(CheckUpstreams(options.upstreams));
  const Upstream* const health = FindUpstream(options.upstreams, kHealthPath);
  if (health == nullptr) {
    return Fail(Code::kInvalidArgument, "no upstream serves " + std::string(kHealthPath));
  }
  TRY_ASSIGN(const std::string run, Escaped(options.run_dir));
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
  text += HostMap(options.allowed_hosts);
  text += UpstreamGroups(options.upstreams, run + "/cache");
  text += StatusServer(options, status_socket, GroupOf(options.upstreams, health->server));
  text += fmt::format("  server {{\n    listen {} backlog=511;\n    server_name _;\n",
                      Authority(options.host, options.port));
  // Requests for unknown addresses are not logged; a capture's missing file is (see below).
  text += "    log_not_found off;\n";
  text += "    absolute_redirect off;\n    if ($host_allowed = 0) { return 421; }\n";
  text += ErrorPages();
  text += kProxy;
  text += UpstreamLocations(options.upstreams, base);
  text += PageLocations(base, web);
  text += fmt::format(
      "    location /_captures/ {{\n      internal;\n      log_not_found on;\n      alias "
      "\"{}/\";\n"
      // A capture never changes. Without "always", as errors must not be cached.
      "      add_header Cache-Control \"private, max-age=31536000, immutable\";\n"
      "      add_header Content-Security-Policy \"{}\" always;\n"
      "      add_header X-Content-Type-Options nosniff always;\n"
      "      add_header Cross-Origin-Resource-Policy same-origin always;\n    }}\n",
      captures, kFilePolicy);
  text += ErrorLocations();
  return text + "  }\n}\n";
}

}  // namespace matinee::edge
