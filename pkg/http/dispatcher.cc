#include "http/dispatcher.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <condition_variable>
#include <exception>
#include <optional>
#include <tuple>
#include <utility>

#include "base/executor.h"
#include "base/ids.h"
#include "base/lifetime.h"
#include "base/mutex.h"
#include "base/strings.h"
#include "http/response_writer.h"
#include "http/router.h"
#include "http/target.h"
#include "telemetry/executor_metrics.h"
#include "telemetry/log.h"
#include "telemetry/trace.h"

namespace matinee::http {
namespace {

using SteadyClock = std::chrono::steady_clock;

// The label of unknown methods, from OpenTelemetry's semantic conventions.
constexpr const char* kOtherMethod = "_OTHER";
constexpr size_t kRequestIdBytesMax = 128;  // Of clients; our own have 36.

Response NotFound() {
  return Response::Problem(404, "not_found", "Not found", "There is nothing at this address.");
}

Response MethodNotAllowed(const std::string& method, const std::string& allow) {
  Response response = Response::Problem(
      405, "method_not_allowed", "Method not allowed",
      "Method " + EscapeUnprintable(method) + " is not allowed. Allowed: " + allow + ".");
  response.headers.emplace_back("Allow", allow);
  return response;
}

Response Options(const std::string& allow) {
  Response response;
  response.status = 204;
  response.headers.emplace_back("Allow", allow);
  return response;
}

Response Internal() {
  return Response::FromError({Code::kInternal, "Something went wrong here. The log has more."});
}

bool IsRequestId(std::string_view text) {
  return !text.empty() && text.size() <= kRequestIdBytesMax &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  c == '-' || c == '_' || c == '.';
         });
}

// Caches the histograms by (method, route, status).
class RequestHistograms {
 public:
  explicit RequestHistograms(Metrics* metrics) : metrics_(metrics) {}

  void Observe(const std::string& method, const std::string& route, int status, double seconds) {
    if (metrics_ == nullptr) return;
    Find({method, route, status}).Observe(seconds);
  }

 private:
  using Key = std::tuple<std::string, std::string, int>;

  Histogram& Find(const Key& key) {
    {
      const MutexLock lock(mutex_);
      const auto found = histograms_.find(key);
      if (found != histograms_.end()) return *found->second;
    }
    const auto& [method, route, status] = key;
    Labels labels = {{"http_request_method", method},
                     {"http_route", route},
                     {"http_response_status_code", std::to_string(status)}};
    // 4xx are the client's errors, not the server's.
    if (status >= 500) labels["error_type"] = std::to_string(status);
    Histogram& histogram = metrics_->GetHistogram(
        "http_server_request_duration_seconds", "How long requests took until they were answered.",
        LatencyBuckets(), labels);
    const MutexLock lock(mutex_);
    histograms_[key] = &histogram;
    return histogram;
  }

  Metrics* const metrics_;
  Mutex mutex_;
  std::map<Key, Histogram*> histograms_ GUARDED_BY(mutex_);
};

std::string_view HeaderOf(const RawRequest& raw, const std::string& name) {
  const auto header = raw.headers.find(name);
  return header == raw.headers.end() ? std::string_view() : header->second;
}

// Follows the semantic conventions for HTTP servers, without url.path and url.query: an address may
// hold secrets.
Span StartSpan(const RawRequest& raw) {
  const TraceContext parent =
      ReadTraceContext(HeaderOf(raw, "traceparent"), HeaderOf(raw, "tracestate"));
  SpanOptions options;
  options.kind = SpanKind::kServer;
  options.parent = &parent;
  const bool known = MethodFromName(raw.method).has_value();
  Span span(known ? std::string_view(raw.method) : "HTTP", options);
  span.Set("http.request.method", known ? std::string_view(raw.method) : "_OTHER");
  return span;
}

// The state that late Responders share; it outlives the Dispatcher.
struct DispatcherState {
  DispatcherState(const ServerOptions& options, Metrics* metrics)
      : name(options.name), traced(options.traced), histograms(metrics) {
    if (metrics == nullptr) return;
    std::vector<std::string> methods = {kOtherMethod};
    for (const Method method : kMethods) methods.emplace_back(ToString(method));
    for (const std::string& method : methods) {
      active_gauges[method] = &metrics->GetGauge(
          "http_server_active_requests", "Requests in flight.", {{"http_request_method", method}});
    }
  }

  void Count(const std::string& method, int by) {
    if (const auto gauge = active_gauges.find(method); gauge != active_gauges.end()) {
      gauge->second->Add(by);
    }
    {
      const MutexLock lock(mutex);
      active += by;
      if (active != 0) return;
    }
    idle.notify_all();
  }

  const std::string name;
  const bool traced;
  LifetimeGuard sending;  // Entered while an answer is sent; nothing is sent after Stop.
  RequestHistograms histograms;
  std::map<std::string, Gauge*> active_gauges;  // By method; constant. Empty without metrics.
  Mutex mutex;
  std::condition_variable idle;
  int active GUARDED_BY(mutex) = 0;
};

// A request that is not answered yet. The destructor answers 500 if nothing else did.
class InFlightRequest {
 public:
  InFlightRequest(std::shared_ptr<DispatcherState> shared, Send send, const RawRequest& raw,
                  std::string request_id, Span span)
      : shared_(std::move(shared)),
        send_(std::move(send)),
        method_(MethodFromName(raw.method) ? raw.method : kOtherMethod),
        request_id_(std::move(request_id)),
        close_(raw.close),
        span_(std::move(span)) {
    shared_->Count(method_, 1);
  }

  ~InFlightRequest() {
    if (answered_) return;
    Log(Severity::kError, "http", "request was dropped without an answer",
        {{"route", route_}, {"request_id", request_id_}});
    Answer(Internal());
  }

  InFlightRequest(const InFlightRequest&) = delete;
  InFlightRequest& operator=(const InFlightRequest&) = delete;

  void SetRoute(std::string route) {
    route_ = std::move(route);
    if (!span_.recording()) return;
    span_.Rename((MethodFromName(method_) ? method_ : "HTTP") + " " + route_);
    span_.Set("http.route", route_);
  }
  [[nodiscard]] const Span& span() const { return span_; }
  [[nodiscard]] const std::string& RequestId() const { return request_id_; }

  void Answer(Response response) {
    if (answered_.exchange(true)) return;
    const ActiveSpan active(span_);  // For the log.
    const LifetimeGuard::Entry entry(shared_->sending);
    if (!entry) return;
    response.headers.emplace_back("X-Request-Id", request_id_);
    auto wire = SerializeResponse(response, Wire());
    if (!wire) {
      LogError("http", "answer cannot be sent", wire.error(),
               {{"route", route_}, {"request_id", request_id_}});
      response = Internal();
      response.headers.emplace_back("X-Request-Id", request_id_);
      wire = SerializeResponse(response, Wire());
    }
    Record(response.status);
    send_(*std::move(wire));
    shared_->Count(method_, -1);
  }

 private:
  [[nodiscard]] WireOptions Wire() const { return {method_ == "HEAD", close_}; }

  void Record(int status) {
    span_.Set("http.response.status_code", status);
    if (status >= 500) span_.SetError(std::to_string(status));
    span_.End();
    const std::chrono::duration<double> elapsed = SteadyClock::now() - start_;
    shared_->histograms.Observe(method_, route_, status, elapsed.count());
    Log(status >= 500 && shared_->traced ? Severity::kInfo : Severity::kDebug, "http", "request",
        {{"server", shared_->name},
         {"method", method_},
         {"route", route_},
         {"status", status},
         {"duration_ms", std::round(elapsed.count() * 1e6) / 1e3},
         {"request_id", request_id_}});
  }

  const std::shared_ptr<DispatcherState> shared_;
  const Send send_;
  const std::string method_;  // Or kOtherMethod.
  const std::string request_id_;
  const bool close_;
  const SteadyClock::time_point start_ = SteadyClock::now();
  std::string route_ = "unmatched";
  Span span_;
  std::atomic<bool> answered_{false};
};

// The last address is the one that nginx appended; those before it are the client's claims.
std::string LastAddress(std::string_view forwarded_for) {
  const size_t comma = forwarded_for.rfind(',');
  return std::string(
      Trim(comma == std::string_view::npos ? forwarded_for : forwarded_for.substr(comma + 1)));
}

Guards WithDefaults(const ServerOptions& options) {
  Guards guards = {std::make_shared<HostGuard>(options.hosts), std::make_shared<ContentTypeGuard>(),
                   std::make_shared<BodyLimitGuard>()};
  guards.insert(guards.end(), options.guards.begin(), options.guards.end());
  return guards;
}

}  // namespace

struct Dispatcher::Impl {
  Impl(const ServerOptions& options, std::vector<Route> routes, Metrics* metrics)
      : proxied(options.proxied),
        guards(WithDefaults(options)),
        access(options.authenticator),
        router(std::move(routes)),
        shared(std::make_shared<DispatcherState>(options, metrics)),
        executor(options.name, options.executor_threads, options.executor_queue_max) {
    if (metrics != nullptr) ExportExecutor(*metrics, options.name, executor.stats());
  }

  [[nodiscard]] std::string RequestId(const RawRequest& raw) const {
    const std::string_view header = HeaderOf(raw, "x-request-id");
    return IsRequestId(header) ? std::string(header) : NewId(clock);
  }

  [[nodiscard]] std::shared_ptr<Request> MakeRequest(RawRequest& raw, Target& target,
                                                     Router::Match& match,
                                                     const InFlightRequest& pending) const {
    auto request = std::make_shared<Request>();
    // An unknown method gets 405 or 404 after the guards.
    request->method = MethodFromName(raw.method).value_or(Method::kOptions);
    request->path = std::move(target.path);
    request->params = std::move(match.params);
    request->query = std::move(target.query);
    const std::string_view forwarded = HeaderOf(raw, "x-forwarded-for");
    request->client = proxied && !forwarded.empty() ? LastAddress(forwarded) : std::move(raw.peer);
    request->headers = std::move(raw.headers);
    request->body = std::move(raw.body);
    request->request_id = pending.RequestId();
    return request;
  }

  [[nodiscard]] std::optional<Response> CheckGuards(const Request& request,
                                                    const Route* route) const {
    for (const auto& guard : guards) {
      if (auto refused = guard->Check(request, route)) return refused;
    }
    return std::nullopt;
  }

  // Runs the handler, if the principal may call it. Catches exceptions of libraries; their texts go
  // to the log only.
  void Run(const Route& route, Request& request,
           const std::shared_ptr<InFlightRequest>& pending) const {
    const ActiveSpan active(pending->span());
    std::string what = "not a std::exception";
    try {
      if (auto refused = access.Check(request, route)) return pending->Answer(*std::move(refused));
      route.handler(request,
                    [pending](Response response) { pending->Answer(std::move(response)); });
      return;
    } catch (const std::exception& exception) {
      what = exception.what();
    } catch (...) {  // No exception may end a network thread.
    }
    Log(Severity::kError, "http", "handler threw", {{"what", what}, {"path", request.path}});
    pending->Answer(Internal());
  }

  void Submit(const Route& route, const std::shared_ptr<Request>& request,
              const std::shared_ptr<InFlightRequest>& pending) {
    // `route` belongs to the router, which outlives the executor.
    const bool accepted =
        executor.TrySubmit([this, &route, request, pending] { Run(route, *request, pending); });
    if (accepted) return;
    pending->Answer(Response::FromError(
        {Code::kUnavailable, "Too many requests at once. Try again in a moment."}));
  }

  SystemClock clock;
  const bool proxied;
  const Guards guards;
  const AccessGuard access;
  Router router;
  std::shared_ptr<DispatcherState> shared;
  Executor executor;
};

Dispatcher::Dispatcher(const ServerOptions& options, std::vector<Route> routes, Metrics* metrics)
    : impl_(std::make_unique<Impl>(options, std::move(routes), metrics)) {}

Dispatcher::~Dispatcher() {
  Stop();
}

void Dispatcher::Handle(RawRequest raw, Send send) {
  const auto pending =
      std::make_shared<InFlightRequest>(impl_->shared, std::move(send), raw, impl_->RequestId(raw),
                                        impl_->shared->traced ? StartSpan(raw) : Span());
  auto target = ParseTarget(raw.target);
  if (!target) return pending->Answer(Response::FromError(target.error()));
  const auto method = MethodFromName(raw.method);
  Router::Match match = impl_->router.Find(method.value_or(Method::kOptions), target->segments);
  if (!match.path_template.empty()) pending->SetRoute(match.path_template);
  const Route* const route = method ? match.route : nullptr;
  const auto request = impl_->MakeRequest(raw, *target, match, *pending);
  if (auto refused = impl_->CheckGuards(*request, route)) {
    return pending->Answer(*std::move(refused));
  }
  if (match.path_template.empty()) return pending->Answer(NotFound());
  if (route == nullptr) {
    return pending->Answer(method == Method::kOptions ? Options(match.allow)
                                                      : MethodNotAllowed(raw.method, match.allow));
  }
  if (route->inline_on_network_thread) {
    impl_->Run(*route, *request, pending);
  } else {
    impl_->Submit(*route, request, pending);
  }
}

bool Dispatcher::Drain(std::chrono::milliseconds limit) {
  DispatcherState& shared = *impl_->shared;
  const auto deadline = SteadyClock::now() + limit;
  MutexLock lock(shared.mutex);
  while (shared.active > 0) {
    if (shared.idle.wait_until(lock.native(), deadline) == std::cv_status::timeout) break;
  }
  return shared.active == 0;
}

void Dispatcher::Stop() {
  impl_->executor.Stop();
  impl_->shared->sending.Close();
}

std::string SerializeError(int status, std::string_view code, std::string_view title,
                           std::string_view detail) {
  return SerializeResponse(Response::Problem(status, code, title, detail), {false, true})
      .value_or("");
}

}  // namespace matinee::http
