#include "http/client.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <optional>
#include <string_view>

#include "base/strings.h"
#include "telemetry/trace.h"

namespace matinee::http {
namespace {

// Idle handles that keep their connections. A home has a handful of servers and few concurrent
// calls.
constexpr size_t kIdleHandlesMax = 16;
// Connections that one handle keeps open: it may have talked to several servers.
constexpr long kConnectionsPerHandle = 4;
// A server in the same house answers a connect within milliseconds.
constexpr long kConnectTimeoutMsMax = 5000;
// Real answers have less than 2 KiB of headers.
constexpr size_t kHeaderBytesMax = size_t{64} * 1024;

struct HandleDeleter {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
using Handle = std::unique_ptr<CURL, HandleDeleter>;

struct ListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, ListDeleter>;

// Collects an answer.
struct Receiver {
  ClientResponse response;
  size_t body_bytes_max = 0;
  size_t header_bytes = 0;
  bool too_long = false;
};

size_t OnBody(char* data, size_t size, size_t count, void* context) {
  auto* receiver = static_cast<Receiver*>(context);
  const size_t length = size * count;
  if (receiver->response.body.size() + length > receiver->body_bytes_max) {
    receiver->too_long = true;
    return 0;
  }
  std::string& body = receiver->response.body;
  // A string that grows is there twice, and long answers are the memory of a poll.
  if (body.empty()) {
    const auto header = receiver->response.headers.find("content-length");
    const auto expected =
        header == receiver->response.headers.end() ? std::nullopt : ParseInt(header->second);
    if (expected && *expected > 0) {
      body.reserve(std::min(static_cast<size_t>(*expected), receiver->body_bytes_max));
    }
  }
  body.append(data, length);
  return length;
}

size_t OnHeader(char* data, size_t size, size_t count, void* context) {
  auto* receiver = static_cast<Receiver*>(context);
  const std::string_view line(data, size * count);
  receiver->header_bytes += line.size();
  if (receiver->header_bytes > kHeaderBytesMax) {
    receiver->too_long = true;
    return 0;
  }
  if (line.starts_with("HTTP/")) {
    receiver->response.headers.clear();  // The headers before belonged to a 1xx answer.
  } else if (const size_t colon = line.find(':'); colon != std::string_view::npos) {
    receiver->response.headers[ToLower(line.substr(0, colon))] =
        std::string(Trim(line.substr(colon + 1)));
  }
  return line.size();
}

// curl calls this at least once a second; not 0 aborts the transfer.
int OnProgress(void* context, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const std::atomic<bool>*>(context)->load() ? 1 : 0;
}

bool IsHeaderName(std::string_view name) {
  static constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kOthers.find(c) != std::string_view::npos;
  });
}

bool IsHeaderValue(std::string_view value) {
  return value.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

// Adds "name: value"; false if it is not a valid header, or memory is short.
bool AddHeader(HeaderList& list, const std::string& name, const std::string& value) {
  if (!IsHeaderName(name) || !IsHeaderValue(value)) return false;
  // curl sends an empty value for "Name;"; "Name:" would remove the header.
  const std::string line = value.empty() ? name + ";" : name + ": " + value;
  curl_slist* longer = curl_slist_append(list.get(), line.c_str());
  if (longer == nullptr) return false;
  static_cast<void>(list.release());
  list.reset(longer);
  return true;
}

Result<HeaderList> MakeHeaders(const ClientRequest& request, const TraceContext& context) {
  HeaderList list;
  // Without "Expect: 100-continue": servers that do not support it cost a second.
  list.reset(curl_slist_append(nullptr, "Expect:"));
  bool good = list != nullptr;
  for (const auto& [name, value] : request.headers) good = good && AddHeader(list, name, value);
  for (const auto& [name, value] : request.secret_headers) {
    good = good && AddHeader(list, name, value.Reveal());
  }
  if (!context.empty()) good = good && AddHeader(list, "traceparent", context.traceparent);
  if (!context.tracestate.empty()) good = good && AddHeader(list, "tracestate", context.tracestate);
  if (!good) return Fail(Code::kInvalidArgument, "a header of the request is not valid");
  return list;
}

Result<Url> ParseOrigin(const std::string& url) {
  return ParseBaseUrl(url.substr(0, url.find_first_of("?#")));
}

// Names the server in error texts: the socket, or "http://host:port" without path, query and user.
std::string Origin(const ClientRequest& request, const Url& parts) {
  if (!request.unix_socket.empty()) return "unix:" + request.unix_socket;
  const bool is_ipv6 = parts.host.find(':') != std::string::npos;
  const std::string host = is_ipv6 ? "[" + parts.host + "]" : parts.host;
  return parts.scheme + "://" + host + (parts.port.empty() ? "" : ":" + parts.port);
}

Error ToError(CURLcode code, const Receiver& receiver, const std::string& origin) {
  if (receiver.too_long || code == CURLE_FILESIZE_EXCEEDED) {
    return {Code::kBadGateway, origin + " sent an answer that is too long"};
  }
  switch (code) {
    case CURLE_ABORTED_BY_CALLBACK:
      return {Code::kCancelled, "cancelled"};
    case CURLE_OPERATION_TIMEDOUT:
      return {Code::kDeadlineExceeded, origin + " did not answer in time"};
    case CURLE_COULDNT_RESOLVE_HOST:
      return {Code::kUnavailable, origin + " cannot be reached: its host name cannot be resolved"};
    case CURLE_COULDNT_CONNECT:
      return {Code::kUnavailable, origin + " cannot be reached: connection refused or no route"};
    case CURLE_PEER_FAILED_VERIFICATION:
      return {Code::kUnavailable, origin + " has a certificate that is not trusted"};
    case CURLE_URL_MALFORMAT:
      return {Code::kInvalidArgument, "The address is not a valid http or https URL."};
    case CURLE_UNSUPPORTED_PROTOCOL:  // Of the answer: the URL's has been checked.
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_HTTP2:
    case CURLE_BAD_CONTENT_ENCODING:
      return {Code::kBadGateway, origin + " did not answer in HTTP"};
    default:
      // curl's texts are constants: they hold nothing of the request.
      return {Code::kUnavailable,
              "The connection to " + origin + " failed: " + ToLower(curl_easy_strerror(code))};
  }
}

void SetMethod(CURL* handle, const ClientRequest& request) {
  if (request.method == "HEAD") {
    curl_easy_setopt(handle, CURLOPT_NOBODY, 1L);
    return;
  }
  if (!request.body.empty() || request.method == "POST") {
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request.body.data());
  }
  curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

void SetLimits(CURL* handle, const ClientRequest& request) {
  const long timeout_ms = std::max(static_cast<long>(request.timeout.count()), 1L);
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
  curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(handle, CURLOPT_PROXY, "");  // Ignores http_proxy and similar.
  curl_easy_setopt(handle, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, timeout_ms);
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, std::min(timeout_ms, kConnectTimeoutMsMax));
  curl_easy_setopt(handle, CURLOPT_MAXCONNECTS, kConnectionsPerHandle);
  curl_easy_setopt(handle, CURLOPT_MAXFILESIZE_LARGE,
                   static_cast<curl_off_t>(request.body_bytes_max));
  if (!request.unix_socket.empty()) {
    curl_easy_setopt(handle, CURLOPT_UNIX_SOCKET_PATH, request.unix_socket.c_str());
  }
}

void SetCancel(CURL* handle, const std::atomic<bool>* cancel) {
  if (cancel == nullptr) return;
  curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, OnProgress);
  // curl's type for the callback's argument is a pointer to non-const.
  curl_easy_setopt(handle, CURLOPT_XFERINFODATA, const_cast<std::atomic<bool>*>(cancel));
}

// Follows the semantic conventions for HTTP clients, without url.full: path and query may hold
// secrets.
Span StartSpan(const ClientRequest& request, const Url& url) {
  if (!request.traced) return {};
  SpanOptions options;
  options.kind = SpanKind::kClient;
  options.only_as_child = true;
  Span span(request.method, options);
  if (!span.recording()) return span;
  span.Set("http.request.method", request.method);
  if (!request.unix_socket.empty()) {
    span.Set("server.address", request.unix_socket);
    return span;
  }
  span.Set("server.address", url.host);
  const auto port = ParseInt(url.port);
  span.Set("server.port", port.value_or(url.scheme == "https" ? 443 : 80));
  return span;
}

void EndSpan(Span& span, const Result<ClientResponse>& response) {
  if (!span.recording()) return;
  if (!response) return span.SetError(response.error());
  span.Set("http.response.status_code", response->status);
  if (response->status >= 400) span.SetError(std::to_string(response->status));
}

// curl itself repeats a request on a new connection when a reused one turns out to be closed, and
// only if the server has not read it.
class CurlClient final : public Client {
 public:
  Result<ClientResponse> Send(const ClientRequest& request) override {
    TRY_ASSIGN(const Url url, ParseOrigin(request.url));
    if (!IsHeaderName(request.method)) {
      return Fail(Code::kInvalidArgument, "the method of the request is not valid");
    }
    if (request.unix_socket.size() > kSocketPathBytesMax) {
      return Fail(Code::kInvalidArgument, "the path of the socket is too long");
    }
    Span span = StartSpan(request, url);
    auto response = Exchange(request, Origin(request, url), span.context());
    EndSpan(span, response);
    return response;
  }

 private:
  Result<ClientResponse> Exchange(const ClientRequest& request, const std::string& origin,
                                  const TraceContext& context) {
    TRY_ASSIGN(const HeaderList headers, MakeHeaders(request, context));
    Handle handle = AcquireHandle();
    if (handle == nullptr) return Fail(Code::kUnavailable, "out of memory");

    Receiver receiver;
    receiver.body_bytes_max = request.body_bytes_max;
    SetLimits(handle.get(), request);
    SetMethod(handle.get(), request);
    SetCancel(handle.get(), request.cancel);
    curl_easy_setopt(handle.get(), CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(handle.get(), CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(handle.get(), CURLOPT_WRITEFUNCTION, OnBody);
    curl_easy_setopt(handle.get(), CURLOPT_WRITEDATA, &receiver);
    curl_easy_setopt(handle.get(), CURLOPT_HEADERFUNCTION, OnHeader);
    curl_easy_setopt(handle.get(), CURLOPT_HEADERDATA, &receiver);
    const CURLcode code = curl_easy_perform(handle.get());
    long status = 0;
    curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
    ReleaseHandle(std::move(handle));
    if (code != CURLE_OK) return Fail(ToError(code, receiver, origin));
    receiver.response.status = static_cast<int>(status);
    return std::move(receiver.response);
  }

  Handle AcquireHandle() {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) return Handle(curl_easy_init());
    Handle handle = std::move(idle_.back());
    idle_.pop_back();
    return handle;
  }

  void ReleaseHandle(Handle handle) {
    curl_easy_reset(handle.get());  // Drops the request and its secrets, keeps connections.
    const std::lock_guard lock(mutex_);
    if (idle_.size() < kIdleHandlesMax) idle_.push_back(std::move(handle));
  }

  std::mutex mutex_;
  std::vector<Handle> idle_;
};

}  // namespace

std::unique_ptr<Client> MakeCurlClient() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  return std::make_unique<CurlClient>();
}

}  // namespace matinee::http
