// Posts batches of spans to the collector. A collector that is unreachable, slow or broken costs
// spans and nothing else. Internal to this package.
//
// A post that failed for a transient reason (no connection, 429, 502, 503, 504) is retried within
// export_timeout; new spans are queued during that time. Any other status that is not 2xx drops the
// batch at once, as the specification requires. The start and the end of a failure are logged, not
// each post.
//
// Metrics: matinee_trace_exports_total{outcome}, matinee_trace_spans_exported_total,
// matinee_trace_spans_dropped_total{reason}.
//
// Thread safety: Send from one thread at a time, everything else from any.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string_view>

#include "base/result.h"
#include "telemetry/metrics.h"
#include "telemetry/trace_settings.h"
#include "telemetry/trace_transport.h"

namespace matinee {

// Delay of the first retry; it doubles with each further one.
constexpr std::chrono::milliseconds kTraceRetryDelay{1000};
// The longest delay, also if the collector asks for a longer one.
constexpr std::chrono::milliseconds kTraceRetryDelayMax{10'000};

class TraceSender {
 public:
  // `metrics` may be null.
  TraceSender(const TraceSettings& settings, std::string_view content_type,
              TraceTransport& transport, Metrics* metrics);

  // Blocks for at most the settings' export_timeout. Returns false if the batch is lost.
  bool Send(std::string_view body, size_t spans);

  // Counts spans that were dropped because the queue was full.
  void CountDropped(size_t spans);

  // Ends a Send in progress within a second; later ones drop their batch at once.
  void Cancel();
  [[nodiscard]] bool cancelled() const { return cancel_; }

 private:
  using Time = std::chrono::steady_clock::time_point;

  Status Try(std::string_view body, Time deadline);
  Result<TraceAnswer> Post(std::string_view body, Time deadline);
  // Returns false if the delay ends after the deadline.
  bool Wait(std::chrono::milliseconds delay, Time deadline);
  void Report(const Status& sent);

  const TraceSettings settings_;
  const std::string_view content_type_;
  TraceTransport& transport_;
  Counter* succeeded_ = nullptr;
  Counter* failed_ = nullptr;
  Counter* exported_ = nullptr;
  Counter* lost_ = nullptr;
  Counter* dropped_ = nullptr;
  std::atomic<bool> cancel_{false};
  std::mutex mutex_;
  std::condition_variable cancelled_;
  bool failing_ = false;  // Used by the sending thread only.
};

}  // namespace matinee
