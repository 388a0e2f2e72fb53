// Outbound HTTP by libcurl, fenced: http and https only, no redirects, a limit on size and time.
//
// Thread safety: Send may be called from any thread; it blocks for at most the request's timeout.
//
// Each call is a CLIENT span if it is part of a trace, and takes the trace along in its headers. Of
// the URL the span holds host and port, no more.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace matinee::http {

struct ClientRequest {
  std::string method = "GET";
  std::string url;  // Absolute; holds no secret: secrets go into headers.
  std::vector<std::pair<std::string, std::string>> headers;
  // E.g. {"X-Plex-Token", token}, or {"Authorization", Secret("MediaBrowser Token=\"…\"")}.
  std::vector<std::pair<std::string, Secret>> secret_headers;
  std::string body;
  std::chrono::milliseconds timeout{5000};  // Of the whole exchange.
  size_t body_bytes_max = 8 * 1024 * 1024;  // A longer answer is an error (kBadGateway).
  // Once true, the call ends within a second, with kCancelled. May be null.
  const std::atomic<bool>* cancel = nullptr;
  bool traced = true;  // False for what carries traces itself.
};

struct ClientResponse {
  int status = 0;                              // Whatever the server said, also 4xx and 5xx.
  std::map<std::string, std::string> headers;  // Names in lower case, last one wins.
  std::string body;
};

// A seam: the real client, and fakes that fail in every way.
class Client {
 public:
  virtual ~Client() = default;
  // Fails with kUnavailable (cannot connect, connection lost), kDeadlineExceeded (timeout),
  // kBadGateway (too long, not HTTP), kInvalidArgument (bad URL), kCancelled. No error text holds a
  // secret.
  virtual Result<ClientResponse> Send(const ClientRequest& request) = 0;
};

std::unique_ptr<Client> MakeCurlClient();

// The parts of an absolute http(s) URL, as far as we need them.
struct Url {
  std::string scheme;  // "http" or "https"
  std::string host;    // IPv6 without its brackets.
  std::string port;    // Empty if not given.
  std::string path;    // With its leading slash, no trailing one; empty for none.
};

// A base URL such as a media server's: no user, query or fragment. Fails with kInvalidArgument.
Result<Url> ParseBaseUrl(const std::string& text);

}  // namespace matinee::http
