// Sends HTTP requests by libcurl: http and https only, no redirects, limits on size and time.
//
// Thread safety: Send may be called from any thread; it blocks for at most the request's timeout.
//
// Each call within a trace is a CLIENT span and propagates the trace context in its headers. The
// span holds only host and port of the URL.
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

// sun_path without its NUL; see unix(7).
constexpr size_t kSocketPathBytesMax = 107;

struct ClientRequest {
  std::string method = "GET";
  std::string url;  // Absolute; without secrets: those go into headers.
  // If set, the request goes to this Unix socket; host and port of `url` only name it.
  std::string unix_socket;  // A path of at most kSocketPathBytesMax.
  std::vector<std::pair<std::string, std::string>> headers;
  // E.g. {"X-Plex-Token", token}, or {"Authorization", Secret("MediaBrowser Token=\"…\"")}.
  std::vector<std::pair<std::string, Secret>> secret_headers;
  std::string body;
  std::chrono::milliseconds timeout{5000};  // Of the whole exchange.
  size_t body_bytes_max = 8 * 1024 * 1024;  // A longer answer is an error (kBadGateway).
  // Once true, the call ends within a second, with kCancelled. May be null.
  const std::atomic<bool>* cancel = nullptr;
  bool traced = true;  // False for the export of traces itself.
};

struct ClientResponse {
  int status = 0;                              // As the server sent it, also 4xx and 5xx.
  std::map<std::string, std::string> headers;  // Names in lower case, last one wins.
  std::string body;
};

// The interface that libcurl's client and the tests' fakes implement.
class Client {
 public:
  virtual ~Client() = default;
  // Fails with kUnavailable (cannot connect, connection lost), kDeadlineExceeded (timeout),
  // kBadGateway (too long, not HTTP), kInvalidArgument (bad URL or socket path), kCancelled. Error
  // texts hold no secrets.
  virtual Result<ClientResponse> Send(const ClientRequest& request) = 0;
};

std::unique_ptr<Client> MakeCurlClient();

// The parts of an absolute http(s) URL that Matinee needs.
struct Url {
  std::string scheme;  // "http" or "https"
  std::string host;    // IPv6 without its brackets.
  std::string port;    // Empty if not given.
  std::string path;    // With a leading slash, without a trailing one; may be empty.
};

// Parses a base URL such as a media server's: no user, query or fragment. Fails with
// kInvalidArgument.
Result<Url> ParseBaseUrl(const std::string& text);

}  // namespace matinee::http
