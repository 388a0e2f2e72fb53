// Traces: spans of requests, captures and jobs, and their durations. They are recorded by
// OpenTelemetry's SDK, which only this package includes.
//
//   Span span("ffmpeg");            // A child of the current span of the thread.
//   const ActiveSpan active(span);  // Now the parent of new spans, and in log lines.
//   span.Set("process.exit.code", code);
//   if (!done) span.SetError(done.error());
//   // The destructor ends it.
//
// Work on another thread inherits the current span:
//
//   executor.TrySubmit(WithCurrentSpan([…] { … }));
//
// and work in another process inherits CurrentTraceContext(), two texts for headers or for a job.
//
// Tracing is off until ConfigureTracing is called with an endpoint. Then a span costs a branch or
// two and no memory; only the context of an incoming request is still propagated, so that traces of
// other services continue.
//
// No attribute may hold a secret, the query of a URL, or a value of an SQL statement. Texts are
// truncated at 1024 bytes. An attribute is set once.
//
// Thread safety: a Span may be used by several threads one after the other; End and Set may also
// run at the same time. ActiveSpan belongs to one thread. Everything else may be called from any
// thread, except ConfigureTracing: it must not be called while a span exists.
#pragma once

#include <atomic>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/error.h"
#include "base/result.h"
#include "telemetry/trace_context.h"
#include "telemetry/trace_settings.h"
#include "telemetry/trace_transport.h"

namespace matinee {

class Metrics;

// Enables tracing if the settings have an endpoint. `transport` and `metrics` (may be null)
// outlive ShutdownTracing. Fails with kInvalidArgument for settings that contradict each other.
Status ConfigureTracing(const TraceSettings& settings, TraceTransport& transport, Metrics* metrics);

// Sends the queued spans for at most about `limit` and disables tracing. Does nothing when it is
// off.
void ShutdownTracing(std::chrono::milliseconds limit);

// The values are those of OTLP.
enum class SpanKind { kInternal = 1, kServer = 2, kClient = 3, kProducer = 4, kConsumer = 5 };

namespace trace_internal {
class SpanState;
using StatePointer = std::shared_ptr<SpanState>;
// Whether spans are recorded.
extern std::atomic<bool> on;
// The current span of this thread; null if there is none. Points into an ActiveSpan.
extern constinit thread_local const StatePointer* current;
}  // namespace trace_internal

struct SpanStart {
  WallTime wall;
  MonoTime mono;
};

struct SpanOptions {
  SpanKind kind = SpanKind::kInternal;
  // Null: the parent is the current span of the thread. Otherwise this one of another process; if
  // it is empty, the span starts a new trace.
  const TraceContext* parent = nullptr;
  // A related span. Null or empty for none.
  const TraceContext* link = nullptr;
  std::optional<SpanStart> start;  // Default: now.
  // Records nothing without a parent: for work that is of interest only as a part of something.
  bool only_as_child = false;
};

// One piece of work. It starts when it is constructed and ends with End or the destructor.
class Span {
 public:
  Span() = default;  // Records nothing.
  explicit Span(std::string_view name, const SpanOptions& options = {}) {
    if (trace_internal::on.load(std::memory_order_relaxed) || options.parent != nullptr ||
        trace_internal::current != nullptr) {
      Begin(name, options);
    }
  }
  Span(Span&& other) noexcept
      : state_(std::move(other.state_)), recording_(std::exchange(other.recording_, false)) {}
  Span& operator=(Span&& other) noexcept {
    End();
    state_ = std::move(other.state_);
    recording_ = std::exchange(other.recording_, false);
    return *this;
  }
  ~Span() { End(); }

  void End() {
    if (recording_) Finish();
  }

  // Whether the span is recorded. If not, the caller can skip costly attributes.
  [[nodiscard]] bool recording() const { return recording_; }

  void Set(std::string_view key, std::string_view value) {
    if (recording_) SetText(key, value);
  }
  void Set(std::string_view key, const char* value) { Set(key, std::string_view(value)); }
  void Set(std::string_view key, const std::string& value) { Set(key, std::string_view(value)); }
  void Set(std::string_view key, double value) {
    if (recording_) SetReal(key, value);
  }
  template <std::same_as<bool> Bool>
  void Set(std::string_view key, Bool value) {
    if (recording_) SetBool(key, value);
  }
  template <std::integral Integer>
  requires(!std::same_as<Integer, bool>) void Set(std::string_view key, Integer value) {
    if (recording_) SetInteger(key, static_cast<int64_t>(value));
  }
  void Rename(std::string_view name);

  // Sets the status ERROR and error.type, the name of the code. The message stays in the log.
  void SetError(const Error& error) { SetError(InfoOf(error.code).name); }
  void SetError(std::string_view error_type);

  // Returns the context for the next service or job. While tracing is off, it is that of the
  // incoming request; empty if there is none.
  [[nodiscard]] TraceContext context() const;
  [[nodiscard]] std::string traceparent() const { return context().traceparent; }

 private:
  friend class SpanRef;
  void Begin(std::string_view name, const SpanOptions& options);
  void Finish();
  void SetText(std::string_view key, std::string_view value);
  void SetReal(std::string_view key, double value);
  void SetBool(std::string_view key, bool value);
  void SetInteger(std::string_view key, int64_t value);

  trace_internal::StatePointer state_;
  bool recording_ = false;
};

// A reference to a span, to make it current on another thread. It does not delay the end of the
// span; a copy costs a reference count, and nothing without a span.
class SpanRef {
 public:
  SpanRef() = default;
  SpanRef(const Span& span) : state_(span.state_) {}  // NOLINT(google-explicit-constructor)

  // Returns the current span of this thread.
  static SpanRef Current() {
    SpanRef ref;
    if (trace_internal::current != nullptr) ref.state_ = *trace_internal::current;
    return ref;
  }

 private:
  friend class ActiveSpan;
  trace_internal::StatePointer state_;
};

// Makes a span the current one of the thread for its own lifetime; without a span it does nothing.
class ActiveSpan {
 public:
  explicit ActiveSpan(SpanRef span) : span_(std::move(span)), previous_(trace_internal::current) {
    if (span_.state_ != nullptr) trace_internal::current = &span_.state_;
  }
  ~ActiveSpan() { trace_internal::current = previous_; }
  ActiveSpan(const ActiveSpan&) = delete;
  ActiveSpan& operator=(const ActiveSpan&) = delete;

 private:
  const SpanRef span_;
  const trace_internal::StatePointer* const previous_;
};

// Returns `function` with the span that is current now as the current span of each call.
template <typename Function>
auto WithCurrentSpan(Function function) {
  return [span = SpanRef::Current(), function = std::move(function)](auto&&... arguments) mutable {
    const ActiveSpan active(span);
    return std::invoke(function, std::forward<decltype(arguments)>(arguments)...);
  };
}

// Returns the context for a job or a call to another service; empty without a current span.
TraceContext CurrentTraceContext();

// Calls SetError of the current span, if any.
void SetCurrentSpanError(const Error& error);

// For log lines.
std::optional<SpanIds> CurrentSpanIds();

}  // namespace matinee
