#include "telemetry/trace.h"

#include "telemetry/span_state.h"

namespace matinee {
namespace trace_internal {

std::atomic<bool> on = false;
constinit thread_local const StatePointer* current = nullptr;

}  // namespace trace_internal

namespace {

using trace_internal::SpanState;
using trace_internal::StatePointer;

// It stays after ShutdownTracing: a thread may be about to start a span. The next ConfigureTracing
// replaces it.
std::unique_ptr<Tracer>& TheTracer() {
  static std::unique_ptr<Tracer> tracer;
  return tracer;
}

// Returns the state of an incoming context; null if it is missing or malformed.
StatePointer FromIncoming(const TraceContext* context) {
  if (context == nullptr || context->empty()) return nullptr;
  const auto ids = ParseTraceparent(context->traceparent);
  if (!ids) return nullptr;
  return std::make_shared<SpanState>(
      *ids, IsTracestate(context->tracestate) ? context->tracestate : "", true);
}

TraceContext ContextOf(const SpanState& state) {
  return {FormatTraceparent(state.ids()), state.tracestate()};
}

}  // namespace

Status ConfigureTracing(const TraceSettings& settings, TraceTransport& transport,
                        Metrics* metrics) {
  if (settings.endpoint.empty()) return {};
  if (settings.batch_max == 0 || settings.batch_max > settings.queue_max) {
    return Fail(Code::kInvalidArgument, "a batch of spans must fit into the queue of spans");
  }
  TheTracer() = MakeSdkTracer(settings, transport, metrics);
  trace_internal::on = true;
  return {};
}

void ShutdownTracing(std::chrono::milliseconds limit) {
  if (trace_internal::on.exchange(false)) TheTracer()->Shutdown(limit);
}

void Span::Begin(std::string_view name, const SpanOptions& options) {
  StatePointer parent;
  if (options.parent != nullptr) {
    parent = FromIncoming(options.parent);
  } else if (trace_internal::current != nullptr) {
    parent = *trace_internal::current;
  }
  if (!trace_internal::on) {
    state_ = std::move(parent);
    return;
  }
  if (options.only_as_child && parent == nullptr) return;
  const StatePointer link = FromIncoming(options.link);
  state_ = TheTracer()->Start(name, options, parent.get(), link.get());
  recording_ = state_->recording();
}

void Span::Finish() {
  recording_ = false;
  state_->End();
}

void Span::SetText(std::string_view key, std::string_view value) {
  state_->Set(key, value);
}

void Span::SetReal(std::string_view key, double value) {
  state_->Set(key, value);
}

void Span::SetBool(std::string_view key, bool value) {
  state_->Set(key, value);
}

void Span::SetInteger(std::string_view key, int64_t value) {
  state_->Set(key, value);
}

void Span::Rename(std::string_view name) {
  if (recording_) state_->Rename(name);
}

void Span::SetError(std::string_view error_type) {
  if (!recording_) return;
  state_->Set("error.type", error_type);
  state_->SetFailed();
}

TraceContext Span::context() const {
  return state_ == nullptr ? TraceContext{} : ContextOf(*state_);
}

TraceContext CurrentTraceContext() {
  return trace_internal::current == nullptr ? TraceContext{} : ContextOf(**trace_internal::current);
}

void SetCurrentSpanError(const Error& error) {
  if (trace_internal::current == nullptr) return;
  SpanState& state = **trace_internal::current;
  state.Set("error.type", InfoOf(error.code).name);
  state.SetFailed();
}

std::optional<SpanIds> CurrentSpanIds() {
  if (trace_internal::current == nullptr) return std::nullopt;
  return (*trace_internal::current)->ids();
}

}  // namespace matinee
