// Traces: what one request, capture or job did and how long each part of it took, by
// OpenTelemetry's SDK behind a wall: nobody outside this package includes it.
//
//   Span span("ffmpeg");                   // A child of the thread's current span.
//   const ActiveSpan active(span);         // From here on it is the current one: children, log
//   lines. span.Set("process.exit.code", code); if (!done) span.SetError(done.error());
//                                          // It ends where `span` does.
//
// Work that goes on elsewhere takes the current span along:
//
//   executor.TrySubmit(WithCurrentSpan([…] { … }));
//
// and work in another process takes CurrentTraceContext(), two texts for headers or for a job.
//
// Tracing is off until ConfigureTracing has got an endpoint. Off, a span costs a branch or two and
// no memory. One thing is still done then: the context that a request came with is kept as the
// current one, so that others' traces go on through us.
//
// No attribute holds a secret, a query of a URL, or a value of an SQL statement: who sets
// attributes sees to that. Texts are cut at 1024 bytes. An attribute is set once.
//
// Thread safety: a Span may be used by several threads one after the other; End and Set may also
// meet. ActiveSpan belongs to one thread. Everything else may be called from any thread, except
// ConfigureTracing: no span may be there when it is called.
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

// Turns tracing on, if the settings have an endpoint. `transport` and `metrics` (may be null)
// outlive ShutdownTracing. Fails with kInvalidArgument for settings that contradict each other.
Status ConfigureTracing(const TraceSettings& settings, TraceTransport& transport, Metrics* metrics);

// Sends what waits, for at most about `limit`, and turns tracing off. Harmless when it is off.
void ShutdownTracing(std::chrono::milliseconds limit);

// The numbers are those of OTLP.
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
  // Null: the parent is the thread's current span. Else this one, from another process; if it is
  // empty, a new trace begins.
  const TraceContext* parent = nullptr;
  // Another span that this one has to do with. Null or empty for none.
  const TraceContext* link = nullptr;
  std::optional<SpanStart> start;  // Now, if it is not given.
  // Without a parent there is no span: for what is only worth telling as a part of something.
  bool only_as_child = false;
};

// One piece of work. It begins when it is made and ends with End or its destructor.
class Span {
 public:
  Span() = default;  // No span: records nothing.
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

  // Whether what is set will be seen by anyone; what is costly to find out can be left out if not.
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

  // Status ERROR, and error.type: the name of the error's code. The message stays in the log.
  void SetError(const Error& error) { SetError(InfoOf(error.code).name); }
  void SetError(std::string_view error_type);

  // What a following service or job gets. Empty if there is nothing to hand on; while tracing is
  // off, what we were handed ourselves.
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

// A span to be made the current one somewhere else. It does not keep the span from ending; a copy
// costs a count, and nothing if there is no span.
class SpanRef {
 public:
  SpanRef() = default;
  SpanRef(const Span& span) : state_(span.state_) {}  // NOLINT(google-explicit-constructor)

  // Of this thread.
  static SpanRef Current() {
    SpanRef ref;
    if (trace_internal::current != nullptr) ref.state_ = *trace_internal::current;
    return ref;
  }

 private:
  friend class ActiveSpan;
  trace_internal::StatePointer state_;
};

// Makes a span the thread's current one as long as it lives; without a span it changes nothing.
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

// `function`, with the span that is current now as the current one whenever it runs.
template <typename Function>
auto WithCurrentSpan(Function function) {
  return [span = SpanRef::Current(), function = std::move(function)](auto&&... arguments) mutable {
    const ActiveSpan active(span);
    return std::invoke(function, std::forward<decltype(arguments)>(arguments)...);
  };
}

// What a job or a call to another service takes along; empty if this thread has no span.
TraceContext CurrentTraceContext();

// SetError of the span that is current; nothing if there is none.
void SetCurrentSpanError(const Error& error);

// For log lines.
std::optional<SpanIds> CurrentSpanIds();

}  // namespace matinee
