// Which names in the Host header are answered. A page of another site can point its own name at
// this machine (DNS rebinding) and would then speak as Matinee's page does; its requests still
// name the other site. nginx and the servers behind it decide by the same policy.
//
// Thread safety: constant after construction.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace matinee::http {

// All names are in lower case and without ports, IPv6 in brackets; "*.example.org" stands for every
// name below example.org.
struct HostPolicyOptions {
  // ALLOWED_HOSTS: only these, and the next two. Empty: names that no other site can have (see
  // HostPolicy), and the rest.
  std::vector<std::string> allowed_hosts = {};
  std::string public_url = {};              // PUBLIC_URL, or "".
  std::vector<std::string> own_hosts = {};  // OWN_HOSTS: names that the installation itself knows.
  std::string machine_name = {};  // As the system has it; used while allowed_hosts is empty.
};

class HostPolicy {
 public:
  // Allows what belongs to a home without a list: IP addresses, localhost, names without a dot, and
  // names below .local, .lan, .home, .internal, .home.arpa and .ts.net.
  HostPolicy() : HostPolicy(HostPolicyOptions{}) {}
  explicit HostPolicy(const HostPolicyOptions& options);
  // For servers that no browser asks, such as /metrics.
  static HostPolicy AllowAll();

  // Whether a request with this Host header, or none (""), is answered. Ignores case, the port and
  // one trailing dot.
  [[nodiscard]] bool Allows(std::string_view host_header) const;

  // A Perl-compatible regular expression, to be matched without case, for the same headers.
  [[nodiscard]] std::string Pattern() const;

  // One allowed name, for requests of Matinee to itself.
  [[nodiscard]] std::string OwnName() const;

  // What is allowed, for a person: "IP addresses, localhost, …".
  [[nodiscard]] std::vector<std::string> Describe() const;

 private:
  bool all_ = false;
  bool home_ = false;               // The default rule.
  std::vector<std::string> names_;  // Whole names, or "*.example.org".
};

// The detail of the answer 421. `shown` is the refused host as RefusedHost returns it.
std::string HostRefusal(std::string_view shown);

// "the name tv.example.org", or "this name" if it has other characters than names have.
std::string RefusedHost(std::string_view host_header);

// A regular expression for the headers that RefusedHost shows.
inline constexpr std::string_view kShownHostPattern = R"(^[A-Za-z0-9._:\[\]-]{1,253}$)";

// The "host:port" of PUBLIC_URL as browsers write it in Host and Origin: in lower case, without the
// scheme's default port. "" for "".
std::string PublicAuthority(std::string_view public_url);
// Its origin, such as "https://matinee.example.org".
std::string PublicOrigin(std::string_view public_url);

}  // namespace matinee::http
