#include "http/address_settings.h"

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
          config::List("ALLOWED_HOSTS", address.allowed_hosts, ',', "host names",
                       config::ParseHostName,
                       "Names by which browsers may address Matinee (the Host header, without its "
                       "port). Empty allows all. Set it if the page can be reached from more than "
                       "your home network: it stops other web sites from using Matinee through a "
                       "visitor's browser."),
      }};
}

}  // namespace matinee::http
