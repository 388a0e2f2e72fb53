// Host headers, and whether the default policy and one with a list allow them. nginx must decide as
// HostPolicy does, so both are tested by this table.
#pragma once

#include <array>

#include "http/host_policy.h"

namespace matinee::http {

inline HostPolicy ListedHosts() {
  return HostPolicy({.allowed_hosts = {"tv.example.org", "[fd00::1]", "*.films.example"},
                     .public_url = "https://matinee.example.net:8443/path",
                     .own_hosts = {"matinee.media.svc"},
                     .machine_name = "nas.example.com"});
}

inline HostPolicy HomeHosts() {
  return HostPolicy({.allowed_hosts = {},
                     .public_url = "https://matinee.example.net:8443/path",
                     .own_hosts = {"matinee.media.svc"},
                     .machine_name = "nas.example.com"});
}

struct HostCase {
  const char* host;
  bool home;    // Allowed by HomeHosts().
  bool listed;  // Allowed by ListedHosts().
};

inline constexpr std::array kHostCases = {
    HostCase{"127.0.0.1", true, false},
    HostCase{"192.168.1.20:8787", true, false},
    HostCase{"1.2.3.4.", true, false},
    HostCase{"1.2.3.4.evil.example", false, false},
    HostCase{"1.2.3.4.5", false, false},
    HostCase{"1.2.3", false, false},
    HostCase{"1234.1.1.1", false, false},
    HostCase{"[::1]", true, false},
    HostCase{"[::1]:8787", true, false},
    HostCase{"[FD00::1]:80", true, true},
    HostCase{"[::ffff:1.2.3.4]", true, false},
    HostCase{"[::1].evil.example", false, false},
    HostCase{"[::1]:80.evil.example", false, false},
    HostCase{"[evil.example]", false, false},
    HostCase{"[::1", false, false},
    HostCase{"::1", false, false},
    HostCase{"localhost", true, false},
    HostCase{"LOCALHOST:8787", true, false},
    HostCase{"localhost.", true, false},
    HostCase{"localhost.:80", true, false},
    HostCase{"localhost.evil.example", false, false},
    HostCase{"nas", true, false},
    HostCase{"my_nas-2:1", true, false},
    HostCase{"nas:", false, false},
    HostCase{"nas:port", false, false},
    HostCase{"nas:123456", false, false},
    HostCase{"nas:80:80", false, false},
    HostCase{"nas.local", true, false},
    HostCase{"tv.Nas.LAN:8787", true, false},
    HostCase{"matinee.home", true, false},
    HostCase{"matinee.internal", true, false},
    HostCase{"nas.home.arpa", true, false},
    HostCase{"nas.tail1234.ts.net", true, false},
    HostCase{"nas.local.", true, false},
    HostCase{"evil-local", true, false},
    HostCase{"evil.xlocal", false, false},
    HostCase{"evil.arpa", false, false},
    HostCase{"nas.local.evil.example", false, false},
    HostCase{".local", false, false},
    HostCase{".", false, false},
    HostCase{"evil.example", false, false},
    HostCase{"xn--mtine-dsa.example", false, false},
    HostCase{"mätinee.example", false, false},
    HostCase{"mätinee", false, false},
    HostCase{"", false, false},
    HostCase{"a b", false, false},
    HostCase{"tv.example.org", false, true},
    HostCase{"TV.example.ORG:443", false, true},
    HostCase{"tv.example.org.", false, true},
    HostCase{"tvxexample.org", false, false},
    HostCase{"tv.example.org.evil.example", false, false},
    HostCase{"a.tv.example.org", false, false},
    HostCase{"old.films.example", false, true},
    HostCase{"very.old.films.example:80", false, true},
    HostCase{"films.example", false, false},
    HostCase{".films.example", false, false},
    HostCase{"matinee.example.net", true, true},
    HostCase{"matinee.example.net:8443", true, true},
    HostCase{"matinee.media.svc", true, true},
    HostCase{"nas.example.com", true, false},
};

}  // namespace matinee::http
