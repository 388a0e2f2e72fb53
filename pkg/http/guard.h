// Guards check a request before its handler runs; the first one that answers ends it.
//
// Guards run on the network thread, so they must not block. Only AccessGuard runs where the handler
// runs, because an Authenticator may block.
//
// Thread safety: Check may be called from any thread.
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "http/host_policy.h"
#include "http/message.h"
#include "http/principal.h"

namespace matinee::http {

class Guard {
 public:
  virtual ~Guard() = default;
  // Returns the error answer, or nullopt if the request may pass. `route` is null for a request
  // that is going to get 404, 405 or the answer to OPTIONS.
  [[nodiscard]] virtual std::optional<Response> Check(const Request& request,
                                                      const Route* route) = 0;
};

using Guards = std::vector<std::shared_ptr<Guard>>;

// 421 unless the policy allows the Host header.
class HostGuard final : public Guard {
 public:
  explicit HostGuard(HostPolicy policy);
  std::optional<Response> Check(const Request& request, const Route* route) override;

 private:
  const HostPolicy policy_;
};

// 415 for a POST, PUT or PATCH that is not application/json, unless it has neither body nor type
// and the route does without. A form of another site always has a type.
class ContentTypeGuard final : public Guard {
 public:
  std::optional<Response> Check(const Request& request, const Route* route) override;
};

// 413 for a body that is longer than the route allows.
class BodyLimitGuard final : public Guard {
 public:
  std::optional<Response> Check(const Request& request, const Route* route) override;
};

// 403 for a POST, PUT, PATCH or DELETE that a browser sends for another site's page: its Origin is
// not the host asked, or its Sec-Fetch-Site is cross-site. Clients that are not browsers send
// neither, and pass.
class OriginGuard final : public Guard {
 public:
  std::optional<Response> Check(const Request& request, const Route* route) override;
};

// How often one client address may send requests: a token bucket.
struct RateLimit {
  double per_second = 0;  // Above 0.
  double burst = 0;       // At least 1.
};

// 429 for a client that sends more. Remembers the kAddressesMax addresses that came last; the
// bucket of a forgotten one is full again.
class RateLimitGuard final : public Guard {
 public:
  static constexpr size_t kAddressesMax = 4096;  // About 200 bytes each.

  // `clock` must outlive the guard.
  RateLimitGuard(RateLimit limit, const Clock& clock);
  std::optional<Response> Check(const Request& request, const Route* route) override;

 private:
  struct Bucket {
    std::string address;
    double tokens = 0;
    MonoTime at;
  };

  // Moves the address's bucket to the front.
  Bucket& Find(const std::string& address) REQUIRES(mutex_);

  const RateLimit limit_;
  const Clock& clock_;
  Mutex mutex_;
  std::list<Bucket> buckets_ GUARDED_BY(mutex_);  // The last used one first.
  std::unordered_map<std::string_view, std::list<Bucket>::iterator> by_address_ GUARDED_BY(mutex_);
};

// Sets the request's principal; 401 or 403 if it may not call the route. A kPublic route is not
// authenticated: it answers while credentials cannot be checked.
class AccessGuard {
 public:
  explicit AccessGuard(std::shared_ptr<const Authenticator> authenticator);
  std::optional<Response> Check(Request& request, const Route& route) const;

 private:
  const std::shared_ptr<const Authenticator> authenticator_;
};

}  // namespace matinee::http
