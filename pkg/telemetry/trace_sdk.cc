// The only file that includes OpenTelemetry's SDK. It uses the tracer with its samplers and ids,
// and the batch processor, but not the OTLP exporter: see docs/adr/0008-opentelemetry.md.

#include <opentelemetry/nostd/shared_ptr.h>
#include <opentelemetry/sdk/common/global_log_handler.h>
#include <opentelemetry/sdk/resource/resource.h>
#include <opentelemetry/sdk/trace/batch_span_processor.h>
#include <opentelemetry/sdk/trace/batch_span_processor_options.h>
#include <opentelemetry/sdk/trace/exporter.h>
#include <opentelemetry/sdk/trace/processor.h>
#include <opentelemetry/sdk/trace/random_id_generator_factory.h>
#include <opentelemetry/sdk/trace/recordable.h>
#include <opentelemetry/sdk/trace/samplers/always_off_factory.h>
#include <opentelemetry/sdk/trace/samplers/always_on_factory.h>
#include <opentelemetry/sdk/trace/samplers/parent_factory.h>
#include <opentelemetry/sdk/trace/samplers/trace_id_ratio_factory.h>
#include <opentelemetry/sdk/trace/tracer_provider.h>
#include <opentelemetry/sdk/trace/tracer_provider_factory.h>
#include <opentelemetry/trace/span_startoptions.h>
#include <opentelemetry/trace/tracer.h>

#include <algorithm>
#include <atomic>
#include <vector>

#include "telemetry/log.h"
#include "telemetry/otlp.h"
#include "telemetry/span_state.h"
#include "telemetry/trace_sender.h"

namespace matinee {
namespace {

namespace otel = opentelemetry;
namespace sdk = opentelemetry::sdk::trace;
using otel::sdk::common::ExportResult;
using otel::sdk::common::internal_log::GlobalLogHandler;
using otel::sdk::common::internal_log::LogHandler;
using otel::sdk::common::internal_log::LogLevel;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using trace_internal::SpanState;
using trace_internal::StatePointer;

constexpr std::string_view kScope = "matinee";
constexpr microseconds kFlushMin{1000};
constexpr microseconds kFlushMax{2'000'000};  // The SDK's own limit, too.

otel::nostd::string_view ToOtel(std::string_view text) {
  return {text.data(), text.size()};
}
std::string_view FromOtel(otel::nostd::string_view text) {
  return {text.data(), text.size()};
}

SpanIds IdsOf(const otel::trace::SpanContext& context) {
  SpanIds ids;
  std::copy_n(context.trace_id().Id().begin(), ids.trace_id.size(), ids.trace_id.begin());
  std::copy_n(context.span_id().Id().begin(), ids.span_id.size(), ids.span_id.begin());
  ids.flags = context.trace_flags().flags();
  return ids;
}

otel::trace::SpanContext ContextOf(const SpanState& state) {
  const SpanIds& ids = state.ids();
  auto tracestate = state.tracestate().empty()
                        ? otel::trace::TraceState::GetDefault()
                        : otel::trace::TraceState::FromHeader(ToOtel(state.tracestate()));
  return {otel::trace::TraceId(ids.trace_id), otel::trace::SpanId(ids.span_id),
          otel::trace::TraceFlags(ids.flags), state.is_remote(), std::move(tracestate)};
}

std::string TracestateOf(const otel::trace::SpanContext& context) {
  return context.trace_state()->Empty() ? "" : context.trace_state()->ToHeader();
}

// The SDK writes a span into this.
class Recordable final : public sdk::Recordable {
 public:
  explicit Recordable(const OtlpEncoder& encoder) : encoder_(encoder) {}

  [[nodiscard]] const OtlpSpan& span() const { return span_; }
  void SetParentIsRemote(bool is_remote) { span_.parent_is_remote = is_remote; }

  void SetIdentity(const otel::trace::SpanContext& context,
                   otel::trace::SpanId parent) noexcept override {
    span_.ids = IdsOf(context);
    span_.tracestate = TracestateOf(context);
    if (!parent.IsValid()) return;
    span_.parent.emplace();
    std::copy_n(parent.Id().begin(), span_.parent->size(), span_.parent->begin());
  }
  void SetAttribute(otel::nostd::string_view key,
                    const otel::common::AttributeValue& value) noexcept override {
    // SdkSpan sets these four types; the samplers in use set no attributes.
    if (const auto* text = otel::nostd::get_if<otel::nostd::string_view>(&value)) {
      Append(key, FromOtel(*text));
    } else if (const auto* number = otel::nostd::get_if<int64_t>(&value)) {
      Append(key, *number);
    } else if (const auto* real = otel::nostd::get_if<double>(&value)) {
      Append(key, *real);
    } else if (const auto* flag = otel::nostd::get_if<bool>(&value)) {
      Append(key, *flag);
    }
  }
  void AddLink(const otel::trace::SpanContext& context,
               const otel::common::KeyValueIterable&) noexcept override {
    encoder_.AppendLink(span_.links, IdsOf(context), TracestateOf(context));
  }
  void SetStatus(otel::trace::StatusCode code,
                 otel::nostd::string_view description) noexcept override {
    span_.failed = code == otel::trace::StatusCode::kError;
    span_.failure = SpanText(FromOtel(description));
  }
  void SetName(otel::nostd::string_view name) noexcept override {
    span_.name = SpanText(FromOtel(name));
  }
  void SetSpanKind(otel::trace::SpanKind kind) noexcept override {
    span_.kind = static_cast<int>(kind) + 1;  // OTLP's 0 is "unspecified".
  }
  void SetStartTime(otel::common::SystemTimestamp start) noexcept override {
    span_.start_unix_nanos = static_cast<uint64_t>(start.time_since_epoch().count());
  }
  void SetDuration(std::chrono::nanoseconds duration) noexcept override {
    span_.end_unix_nanos = span_.start_unix_nanos + static_cast<uint64_t>(duration.count());
  }
  // Events are log lines in Matinee. The resource and the scope are those of the whole program.
  void AddEvent(otel::nostd::string_view, otel::common::SystemTimestamp,
                const otel::common::KeyValueIterable&) noexcept override {}
  void SetResource(const otel::sdk::resource::Resource&) noexcept override {}
  void SetInstrumentationScope(const sdk::InstrumentationScope&) noexcept override {}

 private:
  void Append(otel::nostd::string_view key, const AttributeValue& value) {
    encoder_.AppendAttribute(span_.attributes, FromOtel(key), value);
  }

  const OtlpEncoder& encoder_;
  OtlpSpan span_;
};

// The number of spans that are queued or being sent.
using QueuedCount = std::atomic<size_t>;

class Exporter final : public sdk::SpanExporter {
 public:
  Exporter(const TraceSettings& settings, TraceSender& sender, QueuedCount& queued)
      : encoder_(EncoderOf(settings.protocol)),
        resource_(settings.resource),
        sender_(sender),
        queued_(queued) {}

  std::unique_ptr<sdk::Recordable> MakeRecordable() noexcept override {
    return std::make_unique<Recordable>(encoder_);
  }

  ExportResult Export(
      const otel::nostd::span<std::unique_ptr<sdk::Recordable>>& spans) noexcept override {
    // Pairs with the addition in OnEnd. The SDK's queue orders them, but its library is not
    // compiled with the thread sanitizer, which does not see that.
    static_cast<void>(queued_.load());
    std::vector<const OtlpSpan*> batch;
    batch.reserve(spans.size());
    for (const auto& recordable : spans) {
      batch.push_back(&static_cast<const Recordable&>(*recordable).span());
    }
    const bool sent = sender_.Send(encoder_.Request(resource_, kScope, batch), batch.size());
    queued_ -= batch.size();
    return sent ? ExportResult::kSuccess : ExportResult::kFailure;
  }

  bool ForceFlush(microseconds) noexcept override { return true; }
  bool Shutdown(microseconds) noexcept override { return true; }

 private:
  const OtlpEncoder& encoder_;
  const std::vector<std::pair<std::string, std::string>> resource_;
  TraceSender& sender_;
  QueuedCount& queued_;
};

sdk::BatchSpanProcessorOptions BatchOptions(const TraceSettings& settings) {
  sdk::BatchSpanProcessorOptions options;
  options.max_queue_size = settings.queue_max;
  options.schedule_delay_millis = settings.schedule_delay;
  options.max_export_batch_size = settings.batch_max;
  return options;
}

// Counts dropped spans, which the SDK's batch processor does not report. Spans that are being sent
// count as queued too, so the SDK's queue is never full before this one.
class Processor final : public sdk::SpanProcessor {
 public:
  Processor(const TraceSettings& settings, TraceTransport& transport, Metrics* metrics)
      : queue_max_(settings.queue_max),
        sender_(settings, EncoderOf(settings.protocol).content_type(), transport, metrics),
        batches_(std::make_unique<Exporter>(settings, sender_, queued_), BatchOptions(settings)) {}

  std::unique_ptr<sdk::Recordable> MakeRecordable() noexcept override {
    return batches_.MakeRecordable();
  }

  void OnStart(sdk::Recordable& span, const otel::trace::SpanContext& parent) noexcept override {
    static_cast<Recordable&>(span).SetParentIsRemote(parent.IsValid() && parent.IsRemote());
  }

  void OnEnd(std::unique_ptr<sdk::Recordable>&& span) noexcept override {
    if (sender_.cancelled()) return;
    if (queued_.fetch_add(1) < queue_max_) {
      batches_.OnEnd(std::move(span));
    } else {
      --queued_;
      sender_.CountDropped(1);
    }
  }

  bool ForceFlush(microseconds timeout) noexcept override { return batches_.ForceFlush(timeout); }

  // The batch processor waits for its thread without a limit, so a post that hangs is cancelled
  // first.
  bool Shutdown(microseconds timeout) noexcept override {
    // The SDK takes 0 for no limit.
    const bool flushed = batches_.ForceFlush(std::clamp(timeout, kFlushMin, kFlushMax));
    sender_.Cancel();
    return batches_.Shutdown(microseconds(0)) && flushed;
  }

 private:
  const size_t queue_max_;
  QueuedCount queued_{0};
  TraceSender sender_;
  sdk::BatchSpanProcessor batches_;  // Last: its thread uses the others.
};

std::unique_ptr<sdk::Sampler> RootSampler(const TraceSettings& settings) {
  switch (settings.sampler) {
    case TraceSampler::kAlwaysOff:
    case TraceSampler::kParentBasedAlwaysOff:
      return sdk::AlwaysOffSamplerFactory::Create();
    case TraceSampler::kRatio:
    case TraceSampler::kParentBasedRatio:
      return sdk::TraceIdRatioBasedSamplerFactory::Create(settings.sampler_ratio);
    case TraceSampler::kAlwaysOn:
    case TraceSampler::kParentBasedAlwaysOn:
      break;
  }
  return sdk::AlwaysOnSamplerFactory::Create();
}

std::unique_ptr<sdk::Sampler> MakeSampler(const TraceSettings& settings) {
  const bool parent_based = settings.sampler == TraceSampler::kParentBasedAlwaysOn ||
                            settings.sampler == TraceSampler::kParentBasedAlwaysOff ||
                            settings.sampler == TraceSampler::kParentBasedRatio;
  auto root = RootSampler(settings);
  if (!parent_based) return root;
  return sdk::ParentBasedSamplerFactory::Create(std::shared_ptr<sdk::Sampler>(std::move(root)));
}

class SdkSpan final : public SpanState {
 public:
  SdkSpan(otel::nostd::shared_ptr<otel::trace::Span> span, const otel::trace::SpanContext& context)
      : SpanState(IdsOf(context), TracestateOf(context), false), span_(std::move(span)) {}

  [[nodiscard]] bool recording() const override { return span_->IsRecording(); }
  void Set(std::string_view key, const AttributeValue& value) override {
    if (const auto* text = std::get_if<std::string_view>(&value)) {
      span_->SetAttribute(ToOtel(key), ToOtel(*text));
    } else if (const auto* number = std::get_if<int64_t>(&value)) {
      span_->SetAttribute(ToOtel(key), *number);
    } else if (const auto* real = std::get_if<double>(&value)) {
      span_->SetAttribute(ToOtel(key), *real);
    } else {
      span_->SetAttribute(ToOtel(key), std::get<bool>(value));
    }
  }
  void Rename(std::string_view name) override { span_->UpdateName(ToOtel(name)); }
  void SetFailed() override { span_->SetStatus(otel::trace::StatusCode::kError); }
  void End() override { span_->End(); }

 private:
  const otel::nostd::shared_ptr<otel::trace::Span> span_;
};

// Writes the SDK's messages to the log.
class LogBridge final : public LogHandler {
 public:
  void Handle(LogLevel level, const char*, int, const char* message,
              const otel::sdk::common::AttributeMap&) noexcept override {
    const Severity severity = level == LogLevel::Error     ? Severity::kError
                              : level == LogLevel::Warning ? Severity::kWarn
                                                           : Severity::kDebug;
    Log(severity, "trace", "OpenTelemetry", {{"message", message == nullptr ? "" : message}});
  }
};

// A list of one link.
class OneLink final : public otel::trace::SpanContextKeyValueIterable {
 public:
  explicit OneLink(const SpanState& state) : context_(ContextOf(state)) {}

  bool ForEachKeyValue(otel::nostd::function_ref<bool(otel::trace::SpanContext,
                                                      const otel::common::KeyValueIterable&)>
                           callback) const noexcept override {
    return callback(context_, otel::common::NoopKeyValueIterable());
  }
  [[nodiscard]] size_t size() const noexcept override { return 1; }

 private:
  const otel::trace::SpanContext context_;
};

class SdkTracer final : public Tracer {
 public:
  SdkTracer(const TraceSettings& settings, TraceTransport& transport, Metrics* metrics) {
    GlobalLogHandler::SetLogHandler(otel::nostd::shared_ptr<LogHandler>(new LogBridge));
    auto processor = std::make_unique<Processor>(settings, transport, metrics);
    processor_ = processor.get();
    // Resource::Create would read the environment; the exporter sends the resource.
    provider_ = sdk::TracerProviderFactory::Create(
        std::move(processor), otel::sdk::resource::Resource::GetEmpty(), MakeSampler(settings),
        sdk::RandomIdGeneratorFactory::Create());
    tracer_ = provider_->GetTracer(ToOtel(kScope));
  }

  StatePointer Start(std::string_view name, const SpanOptions& options, const SpanState* parent,
                     const SpanState* link) override {
    otel::trace::StartSpanOptions start;
    start.kind = static_cast<otel::trace::SpanKind>(static_cast<int>(options.kind) - 1);
    if (parent != nullptr) start.parent = ContextOf(*parent);
    if (options.start) {
      start.start_system_time = otel::common::SystemTimestamp(options.start->wall);
      start.start_steady_time = otel::common::SteadyTimestamp(options.start->mono);
    }
    auto span = link == nullptr
                    ? tracer_->StartSpan(ToOtel(name), start)
                    : tracer_->StartSpan(ToOtel(name), otel::common::NoopKeyValueIterable(),
                                         OneLink(*link), start);
    const auto context = span->GetContext();
    return std::make_shared<SdkSpan>(std::move(span), context);
  }

  void Shutdown(milliseconds limit) override { processor_->Shutdown(limit); }

 private:
  Processor* processor_ = nullptr;  // The provider's.
  std::unique_ptr<sdk::TracerProvider> provider_;
  otel::nostd::shared_ptr<otel::trace::Tracer> tracer_;
};

}  // namespace

std::unique_ptr<Tracer> MakeSdkTracer(const TraceSettings& settings, TraceTransport& transport,
                                      Metrics* metrics) {
  return std::make_unique<SdkTracer>(settings, transport, metrics);
}

}  // namespace matinee
