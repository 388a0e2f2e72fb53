#include "coord/redis/address.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "base/strings.h"

namespace matinee::coord::redis {
namespace {

// Far longer than real ones; keeps hostile text from growing.
constexpr size_t kUrlBytesMax = 4096;
constexpr int64_t kDatabaseMax = 65535;

tl::unexpected<Error> Wrong(const std::string& what) {
  return Fail(Code::kInvalidArgument,
              "REDIS_URL cannot be read: " + what +
                  "; it has the form redis://user:password@host:6379/0, special characters in "
                  "user and password as %XX");
}

bool IsHostCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '-' || c == '_';
}

bool IsIpv6Character(char c) {
  return (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || (c >= '0' && c <= '9') || c == ':' ||
         c == '.';
}

Status ReadCredentials(std::string_view text, Address& address) {
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) return Wrong("the password must follow a colon");
  const auto user = PercentDecode(text.substr(0, colon));
  const auto password = PercentDecode(text.substr(colon + 1));
  if (!user || !password) return Wrong("the user or password has a broken %XX");
  if (!user->empty() && password->empty()) return Wrong("the user has no password");
  address.user = *user;
  address.password = Secret(*password);
  return {};
}

Status ReadHost(std::string_view text, Address& address) {
  std::string_view port;
  if (text.starts_with('[')) {
    const size_t end = text.find(']');
    if (end == std::string_view::npos) return Wrong("the bracket of the address does not close");
    address.host = text.substr(1, end - 1);
    port = text.substr(end + 1);
    if (!std::all_of(address.host.begin(), address.host.end(), IsIpv6Character)) {
      return Wrong("there is no IPv6 address in the brackets");
    }
  } else {
    const size_t colon = std::min(text.find(':'), text.size());
    address.host = text.substr(0, colon);
    port = text.substr(colon);
    if (!std::all_of(address.host.begin(), address.host.end(), IsHostCharacter)) {
      return Wrong("the host has characters that no host has");
    }
  }
  if (address.host.empty()) return Wrong("there is no host");
  if (port.empty()) return {};
  const std::optional<int64_t> number = ParseInt(port.substr(1));
  if (port.front() != ':' || !number || *number < 1 || *number > 65535) {
    return Wrong("the port must be a number from 1 to 65535");
  }
  address.port = static_cast<uint16_t>(*number);
  return {};
}

Status ReadDatabase(std::string_view text, Address& address) {
  if (text.empty()) return {};
  const std::optional<int64_t> number = ParseInt(text);
  if (!number || *number < 0 || *number > kDatabaseMax) {
    return Wrong("behind the host there may be nothing but the number of a database");
  }
  address.database = *number;
  return {};
}

}  // namespace

Result<Address> ParseAddress(const Secret& url) {
  constexpr std::string_view kScheme = "redis://";
  std::string_view rest = url.Reveal();
  if (rest.starts_with("rediss://")) {
    return Fail(Code::kInvalidArgument,
                "REDIS_URL begins with rediss://, but Matinee speaks no TLS to Redis; put a tunnel "
                "beside it (stunnel, or the mesh of the cluster) and give its address as redis://");
  }
  if (!rest.starts_with(kScheme)) return Wrong("it must begin with redis://");
  if (rest.size() > kUrlBytesMax) return Wrong("it is too long");
  rest.remove_prefix(kScheme.size());

  Address address;
  // The last @: a password that is not escaped may hold one.
  if (const size_t at = rest.rfind('@'); at != std::string_view::npos) {
    TRY(ReadCredentials(rest.substr(0, at), address));
    rest.remove_prefix(at + 1);
  }
  const size_t slash = rest.find('/');
  if (slash != std::string_view::npos) {
    TRY(ReadDatabase(rest.substr(slash + 1), address));
    rest = rest.substr(0, slash);
  }
  TRY(ReadHost(rest, address));
  return address;
}

}  // namespace matinee::coord::redis
