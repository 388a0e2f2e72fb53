#include "config/value_parsers.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "base/strings.h"

namespace matinee::config {
namespace {

constexpr size_t kHostBytesMax = 253;    // RFC 1035, 2.3.4.
constexpr size_t kTokenBytesMax = 1024;  // Plex's have 20, Jellyfin's and Emby's 32.

bool IsAlphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool IsIpv4(const std::string& text) {
  in_addr address{};
  return inet_pton(AF_INET, text.c_str(), &address) == 1;
}

bool IsIpv6(const std::string& text) {
  in6_addr address{};
  return inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

std::string_view WithoutBrackets(std::string_view text) {
  const bool bracketed = text.size() > 2 && text.front() == '[' && text.back() == ']';
  return bracketed ? text.substr(1, text.size() - 2) : text;
}

// Whether it is a name of DNS or of a container network, which may have an underscore.
bool IsHostName(std::string_view text) {
  return !text.empty() && text.size() <= kHostBytesMax && text.front() != '.' &&
         text.front() != '-' && Consists(text, ".-_") && text.find("..") == std::string_view::npos;
}

// "1.2.3" and "256.1.1.1" are misspelled addresses, not names.
bool IsIncompleteIpv4(std::string_view text) {
  return text.find_first_not_of("0123456789.") == std::string_view::npos &&
         !IsIpv4(std::string(text));
}

// Whether it is the host and port of a URL; the port may be absent, not empty.
bool IsAuthority(std::string_view text) {
  const size_t colon = text.rfind(':');
  const size_t bracket = text.rfind(']');
  const bool has_port =
      colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  if (has_port && !ParseInteger(text.substr(colon + 1), 1, 65535)) return false;
  const std::string_view host = text.substr(0, has_port ? colon : std::string_view::npos);
  if (host.starts_with('[')) return IsIpv6(std::string(WithoutBrackets(host)));
  return IsHostName(host);
}

struct Unit {
  std::string_view name;
  int64_t size;
};

// Splits "512MiB" into its number and its unit.
std::pair<std::string_view, std::string_view> SplitUnit(std::string_view text) {
  const size_t unit = text.find_first_not_of("0123456789.");
  if (unit == std::string_view::npos) return {text, {}};
  return {text.substr(0, unit), text.substr(unit)};
}

template <size_t kCount>
std::optional<int64_t> SizeOf(const std::array<Unit, kCount>& units, std::string_view name) {
  for (const Unit& unit : units) {
    if (EqualsIgnoreCase(unit.name, name)) return unit.size;
  }
  return std::nullopt;
}

}  // namespace

tl::unexpected<Error> Refuse(std::string why) {
  return Fail(Code::kInvalidArgument, std::move(why));
}

bool Consists(std::string_view text, std::string_view of_these_too) {
  return std::all_of(text.begin(), text.end(), [of_these_too](char c) {
    return IsAlphanumeric(c) || of_these_too.find(c) != std::string_view::npos;
  });
}

Status CheckText(std::string_view text) {
  if (text.size() > kTextBytesMax) {
    return Refuse("is longer than " + std::to_string(kTextBytesMax) + " bytes");
  }
  if (!IsUtf8(text)) return Refuse("is not UTF-8");
  const bool control = std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
  });
  if (control) return Refuse("has a control character");
  return {};
}

Result<int64_t> ParseInteger(std::string_view text, int64_t min, int64_t max) {
  const auto value = ParseInt(text);
  if (!value || *value < min || *value > max) {
    return Refuse("is not a whole number from " + std::to_string(min) + " to " +
                  std::to_string(max));
  }
  return *value;
}

std::string FormatDuration(std::chrono::milliseconds duration) {
  const int64_t millis = duration.count();
  if (millis % 60000 == 0 && millis > 0) return std::to_string(millis / 60000) + "m";
  if (millis % 1000 == 0) return std::to_string(millis / 1000) + "s";
  return std::to_string(millis) + "ms";
}

Result<std::chrono::milliseconds> ParseDuration(std::string_view text,
                                                std::chrono::milliseconds min,
                                                std::chrono::milliseconds max) {
  constexpr std::array kUnits = {Unit{"ms", 1}, Unit{"s", 1000}, Unit{"m", 60000},
                                 Unit{"h", 3600000}};
  const auto [number, unit] = SplitUnit(text);
  const auto count = ParseDouble(number);
  const auto size = SizeOf(kUnits, unit);
  const double millis = count && size ? *count * static_cast<double>(*size) : -1;
  if (!(millis >= static_cast<double>(min.count()) && millis <= static_cast<double>(max.count()))) {
    return Refuse("is not a time with its unit (500ms, 2s, 1m) from " + FormatDuration(min) +
                  " to " + FormatDuration(max));
  }
  return std::chrono::milliseconds(std::llround(millis));
}

Result<int64_t> ParseBytes(std::string_view text) {
  constexpr int64_t kKibi = 1024;
  constexpr std::array kUnits = {
      Unit{"", 1},
      Unit{"K", kKibi},
      Unit{"M", kKibi * kKibi},
      Unit{"G", kKibi * kKibi * kKibi},
      Unit{"T", kKibi * kKibi * kKibi * kKibi},
  };
  auto [number, unit] = SplitUnit(text);
  if (EqualsIgnoreCase(unit.substr(unit.size() - std::min<size_t>(unit.size(), 1)), "B")) {
    unit.remove_suffix(1);
    if (unit.size() == 2 && EqualsIgnoreCase(unit.substr(1), "i")) unit.remove_suffix(1);
  }
  const auto count = ParseInt(number);
  const auto size = SizeOf(kUnits, unit);
  if (!count || !size || *count > std::numeric_limits<int64_t>::max() / *size) {
    return Refuse("is not a number of bytes such as 536870912, 512M or 1G");
  }
  return *count * *size;
}

Result<size_t> ParseChoice(std::string_view text, const std::vector<std::string_view>& choices) {
  std::string all;
  for (size_t i = 0; i < choices.size(); ++i) {
    if (EqualsIgnoreCase(text, choices[i])) return i;
    all += (i == 0 ? "" : ", ") + std::string(choices[i]);
  }
  return Refuse("is not one of " + all);
}

Result<std::string> ParseAddress(std::string_view text) {
  std::string address(WithoutBrackets(text));
  if (EqualsIgnoreCase(address, "localhost")) return std::string("localhost");
  if (IsIpv4(address) || IsIpv6(address)) return address;
  return Refuse("is not an IP address (0.0.0.0, 127.0.0.1, ::) and not localhost");
}

Result<std::string> ParseHostName(std::string_view text) {
  std::string name = ToLower(text);
  const std::string bare(WithoutBrackets(name));
  if (IsIpv6(bare)) return "[" + bare + "]";
  if (IsHostName(name)) return name;
  return Refuse("is not a host name without port, such as matinee.example.org");
}

Result<HostPort> ParseHostPort(std::string_view text) {
  const size_t colon = text.rfind(':');
  const std::string_view host = text.substr(0, std::min(colon, text.size()));
  // IPv6 without its brackets would lose its last group to the port.
  const bool is_host = host.starts_with('[') ? IsIpv6(std::string(WithoutBrackets(host)))
                                             : IsHostName(host) && !IsIncompleteIpv4(host);
  const auto port =
      colon == std::string_view::npos ? std::optional<int64_t>() : ParseInt(text.substr(colon + 1));
  if (!is_host || !port || *port < 1 || *port > 65535) {
    return Refuse("is not of the form host:port, such as 127.0.0.1:8780, api:8780 or [::1]:8780");
  }
  return HostPort{ToLower(WithoutBrackets(host)), static_cast<uint16_t>(*port)};
}

Result<std::string> ParseServerUrl(std::string_view text) {
  const std::string lower = ToLower(text);
  std::string scheme;
  for (const std::string_view known : {"http://", "https://"}) {
    if (lower.starts_with(known)) scheme = known;
  }
  if (scheme.empty()) {
    return Refuse(
        "is not an address that begins with http:// or https://, such as "
        "http://nas:32400");
  }
  std::string_view rest = text.substr(scheme.size());
  if (rest.find_first_of("?#") != std::string_view::npos) {
    return Refuse("is an address with a ? or # part; remove it");
  }
  const size_t slash = rest.find('/');
  const std::string_view authority = rest.substr(0, slash);
  if (authority.find('@') != std::string_view::npos) {
    return Refuse("is an address with a user name or password; remove it");
  }
  if (!IsAuthority(authority)) return Refuse("is an address whose host or port is not valid");
  std::string_view path = slash == std::string_view::npos ? "" : rest.substr(slash);
  while (path.ends_with('/')) path.remove_suffix(1);
  if (!Consists(path, "/._~-%!$&'()*+,;=:@") || path.find("//") != std::string_view::npos ||
      path.find("/../") != std::string_view::npos || path.ends_with("/..")) {
    return Refuse("is an address whose path is not valid");
  }
  return scheme + std::string(authority) + std::string(path);
}

std::string TrimPath(std::string_view text) {
  while (text.size() > 1 && text.ends_with('/')) text.remove_suffix(1);
  return std::string(text);
}

std::string JoinPath(std::string_view folder, std::string_view name) {
  return std::string(folder == "/" ? "" : folder) + "/" + std::string(name);
}

Result<std::string> ParseAbsolutePath(std::string_view text) {
  if (!text.starts_with('/')) return Refuse("is not an absolute path such as /media");
  return TrimPath(text);
}

Status CheckToken(std::string_view text) {
  const bool visible = std::all_of(text.begin(), text.end(),
                                   [](char c) { return c > 0x20 && c < 0x7F && c != '"'; });
  if (!visible || text.size() > kTokenBytesMax) {
    return Refuse("is not a token or key: those are one word of letters, digits and signs");
  }
  return {};
}

std::string YamlScalar(std::string_view text) {
  const bool plain = !text.empty() && IsAlphanumeric(text.front()) && Consists(text, "._/-") &&
                     !EqualsIgnoreCase(text, "null");
  if (plain) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

}  // namespace matinee::config
