#include "http/host_policy.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/strings.h"

namespace matinee::http {
namespace {

// No public name ends in these: they are reserved for local networks (RFC 6762, RFC 8375, ICANN's
// .internal), delegated to no registry (.lan, .home), or Tailscale's, where names have addresses
// of their tailnet only.
constexpr std::array<std::string_view, 6> kHomeSuffixes = {"local",    "lan",       "home",
                                                           "internal", "home.arpa", "ts.net"};
constexpr size_t kPortDigitsMax = 5;
constexpr size_t kShownBytesMax = 253;  // As kShownHostPattern; RFC 1035, 2.3.4.
constexpr std::string_view kWildcard = "*.";

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// A character of a label of DNS, or of a container network, in lower case.
bool IsLabelCharacter(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
}

bool IsPort(std::string_view text) {
  return !text.empty() && text.size() <= kPortDigitsMax &&
         std::all_of(text.begin(), text.end(), IsDigit);
}

// Whether it is one label or several with dots between them.
bool IsDottedName(std::string_view name) {
  const auto labels = Split(name, '.');
  return std::all_of(labels.begin(), labels.end(), [](std::string_view label) {
    return !label.empty() && std::all_of(label.begin(), label.end(), IsLabelCharacter);
  });
}

// "[::1]". No name of DNS has brackets, so what stands in them need not be a valid address.
bool IsBracketedAddress(std::string_view name) {
  if (name.size() < 4 || name.front() != '[' || name.back() != ']') return false;
  const std::string_view inner = name.substr(1, name.size() - 2);
  return std::all_of(inner.begin(), inner.end(), [](char c) {
    return IsDigit(c) || (c >= 'a' && c <= 'f') || c == ':' || c == '.';
  });
}

// Four groups of up to three digits. No name of DNS has a last label of digits.
bool IsIpv4Address(std::string_view name) {
  const auto groups = Split(name, '.');
  return groups.size() == 4 &&
         std::all_of(groups.begin(), groups.end(), [](std::string_view group) {
           return !group.empty() && group.size() <= 3 &&
                  std::all_of(group.begin(), group.end(), IsDigit);
         });
}

bool IsBelow(std::string_view name, std::string_view suffix) {
  return name.size() > suffix.size() + 1 && name.ends_with(suffix) &&
         name[name.size() - suffix.size() - 1] == '.';
}

bool IsHomeName(std::string_view name) {
  if (IsBracketedAddress(name) || IsIpv4Address(name)) return true;
  if (!IsDottedName(name)) return false;
  return name.find('.') == std::string_view::npos ||
         std::any_of(kHomeSuffixes.begin(), kHomeSuffixes.end(),
                     [name](std::string_view suffix) { return IsBelow(name, suffix); });
}

bool Matches(std::string_view name, std::string_view allowed) {
  if (!allowed.starts_with(kWildcard)) return name == allowed;
  return IsDottedName(name) && IsBelow(name, allowed.substr(kWildcard.size()));
}

// The name in a Host header: in lower case, without port and trailing dot. Nothing if it is not of
// the form name[:port].
std::optional<std::string> NameOf(std::string_view header) {
  const size_t bracket = header.starts_with('[') ? header.find(']') : 0;
  if (bracket == std::string_view::npos) return std::nullopt;
  const size_t colon = header.find(':', bracket);
  std::string_view name = header.substr(0, colon);
  if (colon != std::string_view::npos && !IsPort(header.substr(colon + 1))) return std::nullopt;
  if (bracket == 0 && name.ends_with('.')) name.remove_suffix(1);
  if (name.empty()) return std::nullopt;
  return ToLower(name);
}

// Escapes a name for a regular expression.
std::string PatternOf(std::string_view name) {
  std::string pattern;
  if (name.starts_with(kWildcard)) {
    name.remove_prefix(kWildcard.size());
    pattern = "(?:[a-z0-9_-]+\\.)+";
  }
  for (const char c : name) {
    if (c == '.' || c == '[' || c == ']') pattern += '\\';
    pattern += c;
  }
  return pattern;
}

// "nas:8787" of "http://nas:8787/matinee".
std::string_view AuthorityOf(std::string_view url) {
  const size_t begin = std::min(url.find("://"), url.size());
  std::string_view rest = url.substr(std::min(begin + 3, url.size()));
  return rest.substr(0, rest.find('/'));
}

}  // namespace

HostPolicy::HostPolicy(const HostPolicyOptions& options) : home_(options.allowed_hosts.empty()) {
  const auto add = [this](const std::string& header) {
    const auto name = NameOf(header);
    if (!name || std::find(names_.begin(), names_.end(), *name) != names_.end()) return;
    names_.push_back(*name);
  };
  std::for_each(options.allowed_hosts.begin(), options.allowed_hosts.end(), add);
  add(std::string(AuthorityOf(options.public_url)));
  std::for_each(options.own_hosts.begin(), options.own_hosts.end(), add);
  // Without a dot it is allowed anyway.
  const auto machine = NameOf(options.machine_name);
  if (home_ && machine && IsDottedName(*machine) && !IsHomeName(*machine)) add(*machine);
}

HostPolicy HostPolicy::AllowAll() {
  HostPolicy policy;
  policy.all_ = true;
  return policy;
}

bool HostPolicy::Allows(std::string_view host_header) const {
  if (all_) return true;
  const auto name = NameOf(host_header);
  if (!name) return false;
  if (home_ && IsHomeName(*name)) return true;
  return std::any_of(names_.begin(), names_.end(),
                     [&name](const std::string& allowed) { return Matches(*name, allowed); });
}

std::string HostPolicy::Pattern() const {
  if (all_) return "^";
  std::string names;
  std::string addresses;  // In brackets: they have no trailing dot.
  const auto add = [](std::string& to, const std::string& pattern) {
    to += (to.empty() ? "" : "|") + pattern;
  };
  if (home_) {
    add(addresses, R"(\[[0-9a-f:.]{2,}\])");
    add(names, R"((?:[0-9]{1,3}\.){3}[0-9]{1,3})");
    add(names, "[a-z0-9_-]+");
    std::string suffixes;
    for (const std::string_view suffix : kHomeSuffixes) add(suffixes, PatternOf(suffix));
    add(names, R"((?:[a-z0-9_-]+\.)+(?:)" + suffixes + ")");
  }
  for (const std::string& name : names_) {
    add(name.starts_with('[') ? addresses : names, PatternOf(name));
  }
  std::string pattern = names.empty() ? "" : "(?:" + names + R"()\.?)";
  if (!addresses.empty()) add(pattern, addresses);
  return "^(?:" + pattern + ")(?::[0-9]{1,5})?$";
}

std::string HostPolicy::OwnName() const {
  if (home_ || all_ || names_.empty()) return "localhost";
  const std::string& first = names_.front();
  return first.starts_with(kWildcard) ? "matinee" + first.substr(1) : first;
}

std::vector<std::string> HostPolicy::Describe() const {
  if (all_) return {"any name"};
  std::vector<std::string> allowed;
  if (home_) {
    allowed = {"IP addresses", "localhost", "names without a dot"};
    for (const std::string_view suffix : kHomeSuffixes) {
      allowed.push_back(std::string(kWildcard) + std::string(suffix));
    }
  }
  allowed.insert(allowed.end(), names_.begin(), names_.end());
  return allowed;
}

std::string HostRefusal(std::string_view shown) {
  return "Matinee does not answer to " + std::string(shown) +
         ". If it is yours, add it to ALLOWED_HOSTS, or set PUBLIC_URL to the address that "
         "browsers use.";
}

std::string RefusedHost(std::string_view host_header) {
  const bool shown = !host_header.empty() && host_header.size() <= kShownBytesMax &&
                     std::all_of(host_header.begin(), host_header.end(), [](char c) {
                       return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                              std::string_view("._:[]-").find(c) != std::string_view::npos;
                     });
  return shown ? "the name " + std::string(host_header) : "this name";
}

std::string PublicAuthority(std::string_view public_url) {
  const std::string authority = ToLower(AuthorityOf(public_url));
  const std::string_view port = public_url.starts_with("https:") ? ":443" : ":80";
  return authority.ends_with(port) ? authority.substr(0, authority.size() - port.size())
                                   : authority;
}

std::string PublicOrigin(std::string_view public_url) {
  if (public_url.empty()) return "";
  return std::string(public_url.substr(0, public_url.find("://"))) + "://" +
         PublicAuthority(public_url);
}

}  // namespace matinee::http
