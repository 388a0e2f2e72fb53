// Who sends a request, and what it may do.
//
// A route declares the level that it needs; an Authenticator says which level the sender of a
// request has. Matinee has no sign-in yet: GrantAll lets every client call every route.
//
// Thread safety: Authenticate may be called from any thread; the rest are plain values.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"

namespace matinee::http {

struct Request;

// Levels in ascending order.
enum class Access {
  kPublic,  // Anyone, without authentication.
  kUser,    // People of the household.
  kAdmin,   // Those who run Matinee.
};

struct Principal {
  std::string id;    // "" for an anonymous one.
  std::string name;  // For display.
  Access access = Access::kPublic;

  [[nodiscard]] bool anonymous() const { return id.empty(); }
};

class Authenticator {
 public:
  virtual ~Authenticator() = default;

  // Returns the principal; an anonymous one for a request without credentials. Fails with
  // kUnauthenticated for credentials that are not valid, with another code if they cannot be
  // checked. It may block, unless the route is inline_on_network_thread.
  [[nodiscard]] virtual Result<Principal> Authenticate(const Request& request) const = 0;

  // The value of the WWW-Authenticate header of a 401 (RFC 9110, 11.6.1).
  [[nodiscard]] virtual std::string Challenge() const { return "Bearer realm=\"Matinee\""; }
};

// Returns the authenticator that grants kAdmin to every request, anonymously.
std::shared_ptr<const Authenticator> GrantAll();

}  // namespace matinee::http
