// `matinee health`: exits 0 if the role on this host is ready. For container health checks, which
// can only run a command.

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>

#include "base/strings.h"
#include "commands/commands.h"
#include "http/client.h"

namespace matinee {
namespace {

// Each role knows within a second whether it is ready.
constexpr std::chrono::milliseconds kAnswerMax{3000};
// A reason is a line.
constexpr size_t kAnswerBytesMax = size_t{16} * 1024;

// As it stands in a URL. A server that listens on every address is reached at the loopback one.
std::string HostOf(const std::string& address) {
  if (address == "0.0.0.0") return "127.0.0.1";
  if (address == "::") return "[::1]";
  const bool is_ipv6 = address.find(':') != std::string::npos;
  return is_ipv6 ? "[" + address + "]" : address;
}

Result<std::string> AddressToAsk(const AdminSettings& settings) {
  if (settings.port == 0) {
    return Fail(Code::kInvalidArgument, "METRICS_PORT is 0, so /readyz is turned off");
  }
  return "http://" + HostOf(settings.address) + ":" + std::to_string(settings.port) + "/readyz";
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

Status Health(const Settings& settings, const std::string& url) {
  if (!url.empty()) return Ask(url);
  TRY_ASSIGN(const std::string readyz, AddressToAsk(settings.admin));
  return Ask(readyz);
}

int RunHealth(const Settings& settings, const std::string& url) {
  if (const Status healthy = Health(settings, url); !healthy) {
    std::cerr << "matinee: " << healthy.error().message << "\n";
    return EXIT_FAILURE;
  }
  std::cout << "ready\n";
  return EXIT_SUCCESS;
}

}  // namespace

CommandBody MakeHealth(CLI::App& app) {
  auto url = std::make_shared<std::string>();
  app.add_option("--url", *url, "Ask this address instead, e.g. http://matinee/api/health");
  return [url](const Settings& settings) { return RunHealth(settings, *url); };
}

}  // namespace matinee
