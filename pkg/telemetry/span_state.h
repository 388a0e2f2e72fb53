// The state of a Span, and the interface between trace.cc, which handles threads, and trace_sdk.cc,
// which handles OpenTelemetry. Internal to this package.
//
// Thread safety: all methods may be called from any thread.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "telemetry/otlp.h"
#include "telemetry/trace.h"

namespace matinee {

namespace trace_internal {

// The base class is the context of a span of another process, which is propagated.
class SpanState {
 public:
  SpanState(const SpanIds& ids, std::string tracestate, bool is_remote)
      : ids_(ids), tracestate_(std::move(tracestate)), is_remote_(is_remote) {}
  virtual ~SpanState() = default;

  [[nodiscard]] const SpanIds& ids() const { return ids_; }
  [[nodiscard]] const std::string& tracestate() const { return tracestate_; }
  // Whether the span belongs to another process.
  [[nodiscard]] bool is_remote() const { return is_remote_; }

  [[nodiscard]] virtual bool recording() const { return false; }
  virtual void Set(std::string_view, const AttributeValue&) {}
  virtual void Rename(std::string_view) {}
  virtual void SetFailed() {}
  virtual void End() {}

 private:
  const SpanIds ids_;
  const std::string tracestate_;
  const bool is_remote_;
};

}  // namespace trace_internal

class Tracer {
 public:
  virtual ~Tracer() = default;
  // `parent` and `link` may be null. Of `options`, only kind and start are used.
  virtual trace_internal::StatePointer Start(std::string_view name, const SpanOptions& options,
                                             const trace_internal::SpanState* parent,
                                             const trace_internal::SpanState* link) = 0;
  // Sends the queued spans for at most about `limit`, then stops finally.
  virtual void Shutdown(std::chrono::milliseconds limit) = 0;
};

std::unique_ptr<Tracer> MakeSdkTracer(const TraceSettings& settings, TraceTransport& transport,
                                      Metrics* metrics);

}  // namespace matinee
