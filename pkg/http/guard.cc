#include "http/guard.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/check.h"
#include "base/strings.h"

namespace matinee::http {
namespace {

bool HasBody(Method method) {
  return method == Method::kPost || method == Method::kPut || method == Method::kPatch;
}

bool Changes(Method method) {
  return HasBody(method) || method == Method::kDelete;
}

bool IsJson(std::string_view content_type) {
  return EqualsIgnoreCase(Trim(content_type.substr(0, content_type.find(';'))), "application/json");
}

// The position of the port's colon in "host:port", or npos.
size_t PortColon(std::string_view authority) {
  const size_t colon = authority.rfind(':');
  const size_t bracket = authority.rfind(']');
  const bool inside = bracket != std::string_view::npos && colon < bracket;
  return inside ? std::string_view::npos : colon;
}

// An origin as "scheme://host:port" in lower case. Browsers leave the scheme's default port out,
// and a Host header may have it.
std::string WithPort(std::string_view scheme, std::string_view authority) {
  std::string text = ToLower(scheme) + "://" + ToLower(Trim(authority));
  if (PortColon(authority) != std::string_view::npos) return text;
  return text + (EqualsIgnoreCase(scheme, "https") ? ":443" : ":80");
}

// Whether a page of this origin comes from the host that is asked. The scheme is the origin's: a
// proxy in front may have ended TLS.
bool IsSameHost(std::string_view origin, std::string_view host) {
  const size_t end = origin.find("://");
  if (end == 0 || end == std::string_view::npos) return false;  // "null": a sandboxed page, a file.
  const std::string_view scheme = origin.substr(0, end);
  return WithPort(scheme, origin.substr(end + 3)) == WithPort(scheme, host);
}

class GrantAllAuthenticator final : public Authenticator {
 public:
  [[nodiscard]] Result<Principal> Authenticate(const Request& /*request*/) const override {
    return Principal{.id = "", .name = "", .access = Access::kAdmin};
  }
};

}  // namespace

std::shared_ptr<const Authenticator> GrantAll() {
  return std::make_shared<GrantAllAuthenticator>();
}

HostGuard::HostGuard(HostPolicy policy) : policy_(std::move(policy)) {}

std::optional<Response> HostGuard::Check(const Request& request, const Route* /*route*/) {
  const std::string host = request.Header("host").value_or("");
  if (policy_.Allows(host)) return std::nullopt;
  return Response::Problem(421, "misdirected", "Misdirected request",
                           HostRefusal(RefusedHost(host)));
}

std::optional<Response> ContentTypeGuard::Check(const Request& request, const Route* route) {
  if (route == nullptr || !HasBody(request.method)) return std::nullopt;
  const auto content_type = request.Header("content-type");
  if (IsJson(content_type.value_or(""))) return std::nullopt;
  if (route->body_optional && !content_type && request.body.empty()) return std::nullopt;
  return Response::Problem(415, "unsupported_media_type", "Unsupported media type",
                           "The request needs the header Content-Type: application/json.");
}

std::optional<Response> BodyLimitGuard::Check(const Request& request, const Route* route) {
  if (route == nullptr || request.body.size() <= route->body_bytes_max) return std::nullopt;
  return Response::Problem(
      413, "too_large", "Too large",
      "The body may have at most " + std::to_string(route->body_bytes_max) + " bytes.");
}

std::optional<Response> OriginGuard::Check(const Request& request, const Route* /*route*/) {
  if (!Changes(request.method)) return std::nullopt;
  const auto origin = request.Header("origin");
  const bool foreign =
      origin ? !IsSameHost(*origin, request.Header("host").value_or(""))
             : EqualsIgnoreCase(request.Header("sec-fetch-site").value_or(""), "cross-site");
  if (!foreign) return std::nullopt;
  return Response::FromError(
      {Code::kPermissionDenied, "A page of another site may not change anything here."});
}

RateLimitGuard::RateLimitGuard(RateLimit limit, const Clock& clock) : limit_(limit), clock_(clock) {
  MATINEE_CHECK(limit.per_second > 0 && limit.burst >= 1, "the limit lets requests through");
}

RateLimitGuard::Bucket& RateLimitGuard::Find(const std::string& address) {
  if (const auto found = by_address_.find(address); found != by_address_.end()) {
    buckets_.splice(buckets_.begin(), buckets_, found->second);
    return buckets_.front();
  }
  if (buckets_.size() == kAddressesMax) {
    by_address_.erase(buckets_.back().address);
    buckets_.pop_back();
  }
  buckets_.push_front({address, limit_.burst, clock_.Mono()});
  by_address_[buckets_.front().address] = buckets_.begin();
  return buckets_.front();
}

std::optional<Response> RateLimitGuard::Check(const Request& request, const Route* /*route*/) {
  const MutexLock lock(mutex_);
  Bucket& bucket = Find(request.client);
  const MonoTime now = clock_.Mono();
  const std::chrono::duration<double> passed = now - bucket.at;
  bucket.tokens = std::min(limit_.burst, bucket.tokens + passed.count() * limit_.per_second);
  bucket.at = now;
  if (bucket.tokens >= 1) {
    bucket.tokens -= 1;
    return std::nullopt;
  }
  const double seconds = std::ceil((1 - bucket.tokens) / limit_.per_second);
  Response response =
      Response::Problem(429, "too_many_requests", "Too many requests",
                        "This client sends too many requests. Try again in a moment.");
  response.headers.emplace_back("Retry-After", std::to_string(static_cast<int64_t>(seconds)));
  return response;
}

AccessGuard::AccessGuard(std::shared_ptr<const Authenticator> authenticator)
    : authenticator_(std::move(authenticator)) {}

std::optional<Response> AccessGuard::Check(Request& request, const Route& route) const {
  if (route.access == Access::kPublic) return std::nullopt;
  auto principal = authenticator_->Authenticate(request);
  if (!principal && principal.error().code != Code::kUnauthenticated) {
    return Response::FromError(principal.error());
  }
  if (principal && principal->access >= route.access) {
    request.principal = *std::move(principal);
    return std::nullopt;
  }
  if (principal && !principal->anonymous()) {
    return Response::FromError({Code::kPermissionDenied, "This account may not do that."});
  }
  Response response = Response::FromError(
      principal ? Error{Code::kUnauthenticated, "Sign in first."} : principal.error());
  response.headers.emplace_back("WWW-Authenticate", authenticator_->Challenge());
  return response;
}

}  // namespace matinee::http
