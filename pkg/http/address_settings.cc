#include "http/address_settings.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <string_view>

#include "base/strings.h"
#include "config/setting_types.h"

namespace matinee::http {
namespace {

// Returns "/matinee" for "matinee" and "/matinee/", "" for "/".
Result<std::string> ParseBasePath(std::string_view text) {
  while (text.starts_with('/')) text.remove_prefix(1);
  while (text.ends_with('/')) text.remove_suffix(1);
  if (text.empty()) return std::string();
  const auto segments = Split(text, '/');
  const bool odd = std::any_of(segments.begin(), segments.end(), [](std::string_view segment) {
    return segment.empty() || segment == "." || segment == "..";
  });
  if (odd || !config::Consists(text, "._~/-")) {
    return config::Refuse("is not a path such as /matinee (letters, digits, . _ ~ - and /)");
  }
  return "/" + std::string(text);
}

// A host name, or "*.example.org" for those below one.
Result<std::string> ParseHostPattern(std::string_view text) {
  if (!text.starts_with("*.")) return config::ParseHostName(text);
  TRY_ASSIGN(const std::string name, config::ParseHostName(text.substr(2)));
  if (name.starts_with('[')) return config::Refuse("is not a host name without port");
  return "*." + name;
}

// An IP address, or a network such as 10.0.0.0/8.
Result<std::string> ParseNetwork(std::string_view text) {
  const size_t slash = text.find('/');
  const std::string address(text.substr(0, slash));
  in6_addr parsed{};
  const bool ipv4 = inet_pton(AF_INET, address.c_str(), &parsed) == 1;
  if (ipv4 || inet_pton(AF_INET6, address.c_str(), &parsed) == 1) {
    if (slash == std::string_view::npos) return address;
    const auto bits = ParseInt(text.substr(slash + 1));
    if (bits && *bits >= 0 && *bits <= (ipv4 ? 32 : 128)) {
      return address + "/" + std::to_string(*bits);
    }
  }
  return config::Refuse("is not an IP address or a network such as 10.0.0.0/8");
}

}  // namespace

config::Section AddressSection(AddressSettings& address) {
  return {
      .title = "Address of the page",
      .settings = {
          config::Text("HOST", address.host, "an IP address, or localhost", config::ParseAddress,
                       "Address that the page listens on. `::` listens on IPv6 too; `127.0.0.1` "
                       "lets only this machine in."),
          config::Integer<uint16_t>("PORT", address.port, 1, 65535,
                                    "Port that the page listens on."),
          config::Text("BASE_PATH", address.base_path, "a path such as /matinee", ParseBasePath,
                       "Path below which everything is served, for a reverse proxy that shares one "
                       "host among several programs."),
          config::Url("PUBLIC_URL", address.public_url,
                      "Address of the page as browsers and phones reach it, such as "
                      "`https://matinee.example.org`. Its name is allowed, and its pages may "
                      "change things also if a proxy in front replaces the Host header."),
          config::List("ALLOWED_HOSTS", address.allowed_hosts, ',', "host names", ParseHostPattern,
                       "Names by which browsers may address Matinee (the Host header, without its "
                       "port), or `*.example.org` for those below one. Others get 421, which stops "
                       "other web sites from using Matinee through a visitor's browser. Empty "
                       "allows IP addresses, `localhost`, names without a dot, those below "
                       "`.local`, `.lan`, `.home`, `.internal`, `.home.arpa` and `.ts.net`, and "
                       "the machine's own name. The names of `PUBLIC_URL` and `OWN_HOSTS` are "
                       "allowed in any case."),
          config::List("OWN_HOSTS", address.own_hosts, ',', "host names", ParseHostPattern,
                       "Further allowed names, which the installation itself knows: the Helm chart "
                       "sets those of its Ingress and Service."),
          config::List("TRUSTED_PROXIES", address.trusted_proxies, ',', "addresses and networks",
                       ParseNetwork,
                       "Reverse proxies in front, such as `10.0.0.0/8`. Their X-Forwarded-For is "
                       "the client's address, and their X-Forwarded-Host the host that the browser "
                       "asked."),
      }};
}

}  // namespace matinee::http
