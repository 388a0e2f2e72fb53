// The address of a Redis, and our login there. Internal to this package.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "base/secret.h"

namespace matinee::coord::redis {

struct Address {
  std::string host;  // A name, or an IPv4 or IPv6 address without brackets.
  uint16_t port = 6379;
  std::string user;  // Empty: the default user.
  Secret password;
  int64_t database = 0;
};

// Reads redis://[[user]:password@]host[:port][/database], with %XX in user and password
// (https://www.iana.org/assignments/uri-schemes/prov/redis). Fails with kInvalidArgument; the
// message quotes nothing of `url`.
Result<Address> ParseAddress(const Secret& url);

}  // namespace matinee::coord::redis
