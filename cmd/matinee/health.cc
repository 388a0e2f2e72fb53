// `matinee health`: whether the role that runs here is ready, for whom can only start a program to
// learn it, as a container's health check.

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>

#include "base/strings.h"
#include "http/client.h"
#include "roles.h"

namespace matinee {
namespace {

// Each role knows within a second whether it is ready.
constexpr std::chrono::milliseconds kAnswerMax{3000};
// A reason is a line.
constexpr size_t kAnswerBytesMax = size_t{16} * 1024;

// As it stands in a URL. Who listens on every address is reached at this machine's own.
std::string HostOf(const std::string& address) {
  if (address == "0.0.0.0") return "127.0.0.1";
  if (address == "::") return "[::1]";
  const bool is_ipv6 = address.find(':') != std::string::npos;
  return is_ipv6 ? "[" + address + "]" : address;
}

Result<std::string> AddressToAsk(const config::Settings& settings) {
  if (settings.metrics_port == 0) {
    return Fail(Code::kInvalidArgument, "METRICS_PORT is 0: nobody can tell whether it is ready");
  }
  return "http://" + HostOf(settings.metrics_address) + ":" +
         std::to_string(settings.metrics_port) + "/readyz";
}

Status Ask(const std::string& url) {
  http::ClientRequest request;
  request.url = url;
  request.timeout = kAnswerMax;
  request.body_bytes_max = kAnswerBytesMax;
  TRY_ASSIGN(const http::ClientResponse answer, http::MakeCurlClient()->Send(request));
  if (answer.status == 200) return {};
  return Fail(Code::kUnavailable, "it answers " + std::to_string(answer.status) + ": " +
                                      EscapeUnprintable(Trim(answer.body)));
}

Status Health(const config::Settings& settings, const std::string& url) {
  if (!url.empty()) return Ask(url);
  TRY_ASSIGN(const std::string readyz, AddressToAsk(settings));
  return Ask(readyz);
}

}  // namespace

int RunHealth(const config::Settings& settings, const std::string& url) {
  if (const Status healthy = Health(settings, url); !healthy) {
    std::cerr << "matinee: " << healthy.error().message << "\n";
    return EXIT_FAILURE;
  }
  std::cout << "ready\n";
  return EXIT_SUCCESS;
}

}  // namespace matinee
