#include "telemetry/trace_sender.h"

#include <algorithm>
#include <string>

#include "base/strings.h"
#include "telemetry/log.h"

namespace matinee {
namespace {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

constexpr const char* kLogger = "trace";

// OTLP's specification, "Retryable Response Codes".
bool IsTransient(int status) {
  return status == 429 || status == 502 || status == 503 || status == 504;
}

// Returns three quarters to the whole of `delay`, so that senders that failed together do not retry
// together. The clock's last digits are random enough for that.
milliseconds Jittered(milliseconds delay) {
  const auto quarter = delay.count() / 4;
  const auto digits = SteadyClock::now().time_since_epoch().count() % (quarter + 1);
  return delay - milliseconds(digits);
}

milliseconds DelayAsked(const std::string& retry_after) {
  const auto seconds = ParseInt(retry_after);
  if (!seconds || *seconds < 0) return milliseconds(0);
  const auto most = kTraceRetryDelayMax.count() / 1000;
  return milliseconds(1000 * std::min<int64_t>(*seconds, most));
}

}  // namespace

TraceSender::TraceSender(const TraceSettings& settings, std::string_view content_type,
                         TraceTransport& transport, Metrics* metrics)
    : settings_(settings), content_type_(content_type), transport_(transport) {
  if (metrics == nullptr) return;
  const std::string exports = "matinee_trace_exports_total";
  const std::string exports_help = "Batches of spans, by outcome.";
  succeeded_ = &metrics->GetCounter(exports, exports_help, {{"outcome", "success"}});
  failed_ = &metrics->GetCounter(exports, exports_help, {{"outcome", "failure"}});
  exported_ = &metrics->GetCounter("matinee_trace_spans_exported_total",
                                   "Spans that the collector accepted.");
  const std::string dropped = "matinee_trace_spans_dropped_total";
  const std::string dropped_help = "Spans that were dropped, by reason.";
  dropped_ = &metrics->GetCounter(dropped, dropped_help, {{"reason", "queue_full"}});
  lost_ = &metrics->GetCounter(dropped, dropped_help, {{"reason", "export_failed"}});
}

bool TraceSender::Send(std::string_view body, size_t spans) {
  const Status sent = Try(body, SteadyClock::now() + settings_.export_timeout);
  Report(sent);
  if (succeeded_ != nullptr) {
    (sent ? succeeded_ : failed_)->Add();
    (sent ? exported_ : lost_)->Add(static_cast<double>(spans));
  }
  return sent.has_value();
}

void TraceSender::CountDropped(size_t spans) {
  if (dropped_ != nullptr) dropped_->Add(static_cast<double>(spans));
}

void TraceSender::Cancel() {
  {
    const std::lock_guard lock(mutex_);
    cancel_ = true;
  }
  cancelled_.notify_all();
}

Status TraceSender::Try(std::string_view body, Time deadline) {
  milliseconds delay = kTraceRetryDelay;
  while (true) {
    if (cancel_) return Fail(Code::kCancelled, "tracing is shutting down");
    const Result<TraceAnswer> answer = Post(body, deadline);
    if (answer && answer->status / 100 == 2) return {};
    Error error = answer ? Error{Code::kBadGateway, "the collector answered with status " +
                                                        std::to_string(answer->status)}
                         : answer.error();
    const bool transient = answer ? IsTransient(answer->status) : InfoOf(error.code).retryable;
    const milliseconds asked = answer ? DelayAsked(answer->retry_after) : milliseconds(0);
    if (!transient || !Wait(std::max(Jittered(delay), asked), deadline)) return Fail(error);
    delay = std::min(2 * delay, kTraceRetryDelayMax);
  }
}

Result<TraceAnswer> TraceSender::Post(std::string_view body, Time deadline) {
  const auto left = std::chrono::ceil<milliseconds>(deadline - SteadyClock::now());
  TracePost post;
  post.url = settings_.endpoint;
  post.content_type = content_type_;
  post.headers = &settings_.headers;
  post.body = body;
  post.timeout = std::clamp(left, milliseconds(1), settings_.request_timeout);
  post.cancel = &cancel_;
  return transport_.Post(post);
}

bool TraceSender::Wait(milliseconds delay, Time deadline) {
  const Time until = SteadyClock::now() + delay;
  if (until >= deadline) return false;
  std::unique_lock lock(mutex_);
  return !cancelled_.wait_until(lock, until, [this] { return cancel_.load(); });
}

void TraceSender::Report(const Status& sent) {
  if (sent.has_value() != failing_) return;
  failing_ = !failing_;
  if (failing_) {
    Log(Severity::kWarn, kLogger, "spans do not reach the collector",
        {{"reason", sent.error().message}});
  } else {
    Log(Severity::kInfo, kLogger, "spans reach the collector again");
  }
}

}  // namespace matinee
