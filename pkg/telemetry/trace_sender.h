// Posts batches of spans to the collector, and makes sure that a collector which is away, slow or
// broken costs spans and nothing else. Internal to this package.
//
// A post that failed for a passing reason (no connection, 429, 502, 503, 504) is repeated within
// the batch's time; spans gather in the queue meanwhile. Everything else that is not 2xx loses the
// batch at once, as the specification asks for. The beginning and the end of a failure are logged,
// not each post.
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

// First wait before a post is repeated; each further one is twice as long.
constexpr std::chrono::milliseconds kTraceRetryDelay{1000};
// A collector that asks for a longer pause gets this one.
constexpr std::chrono::milliseconds kTraceRetryDelayMax{10'000};

class TraceSender {
 public:
  // `metrics` may be null.
  TraceSender(const TraceSettings& settings, std::string_view content_type,
              TraceTransport& transport, Metrics* metrics);

  // Blocks for at most the settings' export_timeout. False if the batch is lost.
  bool Send(std::string_view body, size_t spans);

  // Spans that did not find room in the queue.
  void CountDropped(size_t spans);

  // Ends a Send that runs within a second; those that come later lose their batch at once.
  void Cancel();
  [[nodiscard]] bool cancelled() const { return cancel_; }

 private:
  using Time = std::chrono::steady_clock::time_point;

  Status Try(std::string_view body, Time deadline);
  Result<TraceAnswer> Post(std::string_view body, Time deadline);
  // False if there is no time for it.
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
  bool failing_ = false;  // Of the thread that sends.
};

}  // namespace matinee
