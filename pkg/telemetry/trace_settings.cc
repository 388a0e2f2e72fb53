#include "telemetry/trace_settings.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string_view>

#include "base/strings.h"
#include "config/load_state.h"
#include "config/setting_types.h"

namespace matinee {
namespace {

constexpr size_t kResourceAttributesMax = 64;  // A program has a dozen.
constexpr std::string_view kTracesPath = "/v1/traces";
constexpr std::string_view kDefaultServiceName = "matinee";
constexpr std::string_view kServiceName = "service.name";

using Pairs = std::vector<std::pair<std::string, std::string>>;

// OTEL_TRACES_EXPORTER.
enum class TracesExporter { kOtlp, kNone };

// The values of the variables. Times are in milliseconds, as in OpenTelemetry's variables.
struct OtelVariables {
  std::string otlp_endpoint;
  std::string otlp_traces_endpoint;
  OtlpProtocol otlp_protocol = OtlpProtocol::kProtobuf;
  OtlpProtocol otlp_traces_protocol = OtlpProtocol::kProtobuf;
  Secret otlp_headers;
  Secret otlp_traces_headers;
  int otlp_timeout = 10000;
  int otlp_traces_timeout = 10000;
  TracesExporter otel_traces_exporter = TracesExporter::kOtlp;
  bool otel_sdk_disabled = false;
  std::string otel_service_name;
  std::string otel_resource_attributes;
  TraceSampler otel_sampler = TraceSampler::kParentBasedAlwaysOn;
  std::string otel_sampler_arg = "1.0";
  int bsp_schedule_delay = 5000;
  int bsp_export_timeout = 30000;
  int bsp_queue_max = 2048;
  int bsp_batch_max = 512;
};

bool IsHeaderName(std::string_view name) {
  static constexpr std::string_view kSigns = "!#$%&'*+-.^_`|~";
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kSigns.find(c) != std::string_view::npos;
  });
}

// Parses "key=value,key2=value2". White space around keys and values is ignored, %XX in values is
// decoded.
Result<Pairs> ParsePairs(std::string_view text) {
  Pairs pairs;
  for (const std::string_view part : Split(text, ',')) {
    if (Trim(part).empty()) continue;
    const size_t equals = part.find('=');
    const std::string_view key = Trim(part.substr(0, equals));
    const auto value = equals == std::string_view::npos
                           ? std::nullopt
                           : PercentDecode(Trim(part.substr(equals + 1)));
    if (key.empty() || !value || !config::CheckText(*value)) {
      return config::Refuse("is not of the form key=value,another=value (with %2C for a comma)");
    }
    if (pairs.size() == kResourceAttributesMax) {
      return config::Refuse("has more than " + std::to_string(kResourceAttributesMax) + " entries");
    }
    pairs.emplace_back(std::string(key), *value);
  }
  return pairs;
}

// Checks the same format for HTTP headers: valid header names, values without line breaks. Messages
// quote nothing of it.
Status CheckOtlpHeaders(std::string_view text) {
  TRY_ASSIGN(const Pairs pairs, ParsePairs(text));
  const bool good = std::all_of(pairs.begin(), pairs.end(),
                                [](const auto& pair) { return IsHeaderName(pair.first); });
  if (good) return {};
  return config::Refuse("has an invalid header name");
}

// As ParseServerUrl, but keeps a trailing slash: this address is used as it is.
Result<std::string> ParseTracesUrl(std::string_view text) {
  TRY_ASSIGN(std::string url, config::ParseServerUrl(text));
  return text.ends_with('/') ? url + "/" : url;
}

// Parses a number from 0 to 1, such as "0.25".
Result<double> ParseRatio(std::string_view text) {
  const auto ratio = ParseDouble(text);
  if (ratio && *ratio >= 0 && *ratio <= 1) return *ratio;
  return config::Refuse("is not a number from 0 to 1");
}

// Parses headers that CheckOtlpHeaders has accepted.
std::vector<std::pair<std::string, Secret>> HeadersOf(const Secret& text) {
  std::vector<std::pair<std::string, Secret>> headers;
  for (auto& [name, value] : ParsePairs(text.Reveal()).value_or(Pairs())) {
    headers.emplace_back(std::move(name), Secret(std::move(value)));
  }
  return headers;
}

// OTEL_SERVICE_NAME overrides a service.name among the attributes.
Pairs ResourceOf(const OtelVariables& values) {
  Pairs resource = ParsePairs(values.otel_resource_attributes).value_or(Pairs());
  const auto name = std::find_if(resource.begin(), resource.end(),
                                 [](const auto& entry) { return entry.first == kServiceName; });
  if (name == resource.end()) {
    resource.insert(resource.begin(),
                    {std::string(kServiceName), values.otel_service_name.empty()
                                                    ? std::string(kDefaultServiceName)
                                                    : values.otel_service_name});
  } else if (!values.otel_service_name.empty()) {
    name->second = values.otel_service_name;
  }
  return resource;
}

std::string EndpointOf(const OtelVariables& values) {
  const bool off = values.otel_sdk_disabled || values.otel_traces_exporter == TracesExporter::kNone;
  if (off) return "";
  if (!values.otlp_traces_endpoint.empty()) return values.otlp_traces_endpoint;
  if (values.otlp_endpoint.empty()) return "";
  return values.otlp_endpoint + std::string(kTracesPath);
}

Result<std::string> CheckedPairs(std::string_view text) {
  TRY(ParsePairs(text));
  return std::string(text);
}

Result<std::string> CheckedRatio(std::string_view text) {
  TRY(ParseRatio(text));
  return std::string(text);
}

Result<std::string> AnyText(std::string_view text) {
  return std::string(text);
}

TraceSettings MakeTraceSettings(const OtelVariables& values) {
  TraceSettings tracing;
  tracing.endpoint = EndpointOf(values);
  tracing.protocol = values.otlp_traces_protocol;
  tracing.headers = HeadersOf(values.otlp_traces_headers.empty() ? values.otlp_headers
                                                                 : values.otlp_traces_headers);
  tracing.request_timeout = std::chrono::milliseconds(values.otlp_traces_timeout);
  tracing.resource = ResourceOf(values);
  tracing.sampler = values.otel_sampler;
  tracing.sampler_ratio = ParseRatio(values.otel_sampler_arg).value_or(1);
  tracing.schedule_delay = std::chrono::milliseconds(values.bsp_schedule_delay);
  tracing.export_timeout = std::chrono::milliseconds(values.bsp_export_timeout);
  tracing.queue_max = static_cast<size_t>(values.bsp_queue_max);
  tracing.batch_max = static_cast<size_t>(values.bsp_batch_max);
  return tracing;
}

config::Setting Millis(std::string variable, int& field, std::string help) {
  constexpr int kHourMs = 3'600'000;
  return config::Integer(std::move(variable), field, 1, kHourMs, std::move(help))
      .Accepting("milliseconds");
}

config::Setting Headers(std::string variable, Secret& field, std::string help) {
  return config::SecretText(std::move(variable), field, "name=value, separated by \",\"",
                            CheckOtlpHeaders, std::move(help));
}

// What the collector is sent, and how. The variables and their defaults are OpenTelemetry's.
std::vector<config::Setting> OtlpSettings(OtelVariables& values) {
  const std::vector<std::string_view> protocols = {"http/protobuf", "http/json"};
  return {
      config::Url("OTEL_EXPORTER_OTLP_ENDPOINT", values.otlp_endpoint,
                  "Address of an OpenTelemetry collector (OTLP over HTTP, mostly port 4318); "
                  "`/v1/traces` is appended. Without it, traces are off."),
      config::Url("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", values.otlp_traces_endpoint,
                  "The full address, for traces only: used as it is.", ParseTracesUrl),
      config::Choice("OTEL_EXPORTER_OTLP_PROTOCOL", values.otlp_protocol, protocols,
                     "Encoding of spans. `http/protobuf` costs less than half."),
      config::Choice("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", values.otlp_traces_protocol, protocols,
                     "The same for traces only.")
          .Derived("OTEL_EXPORTER_OTLP_PROTOCOL"),
      Headers(
          "OTEL_EXPORTER_OTLP_HEADERS", values.otlp_headers,
          "Headers for the collector, such as an `Authorization`. `%XX` in a value is decoded."),
      Headers("OTEL_EXPORTER_OTLP_TRACES_HEADERS", values.otlp_traces_headers,
              "The same for traces only; replaces those."),
      Millis("OTEL_EXPORTER_OTLP_TIMEOUT", values.otlp_timeout,
             "How long the collector may take to answer."),
      Millis("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", values.otlp_traces_timeout,
             "The same for traces only.")
          .Derived("OTEL_EXPORTER_OTLP_TIMEOUT"),
  };
}

// Which traces there are, and how they are batched.
std::vector<config::Setting> SdkSettings(OtelVariables& values) {
  return {
      config::Choice("OTEL_SDK_DISABLED", values.otel_sdk_disabled, {"false", "true"},
                     "`true` turns traces off, whatever else is set."),
      config::Choice("OTEL_TRACES_EXPORTER", values.otel_traces_exporter, {"otlp", "none"},
                     "`none` turns traces off too."),
      config::Text("OTEL_SERVICE_NAME", values.otel_service_name, "a string", AnyText,
                   "Service name in traces. Empty is `matinee`."),
      config::Text("OTEL_RESOURCE_ATTRIBUTES", values.otel_resource_attributes,
                   "key=value, separated by \",\"", CheckedPairs,
                   "More resource attributes of the spans. `%XX` in a value is decoded."),
      config::Choice("OTEL_TRACES_SAMPLER", values.otel_sampler,
                     {"always_on", "always_off", "traceidratio", "parentbased_always_on",
                      "parentbased_always_off", "parentbased_traceidratio"},
                     "Which traces are kept. `parentbased_…` follows the caller's decision, and "
                     "decides itself about traces that start here."),
      config::Text("OTEL_TRACES_SAMPLER_ARG", values.otel_sampler_arg, "0 to 1", CheckedRatio,
                   "The ratio of traces that `…traceidratio` keeps."),
      Millis("OTEL_BSP_SCHEDULE_DELAY", values.bsp_schedule_delay,
             "Maximum delay of a span before its batch is sent."),
      Millis("OTEL_BSP_EXPORT_TIMEOUT", values.bsp_export_timeout,
             "How long sending a batch is retried before it is dropped."),
      config::Integer("OTEL_BSP_MAX_QUEUE_SIZE", values.bsp_queue_max, 1, 65536,
                      "Maximum number of queued spans; further ones are dropped, and counted by "
                      "`matinee_trace_spans_dropped_total`."),
      config::Integer("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", values.bsp_batch_max, 1, 65536,
                      "Maximum number of spans in a batch; at most OTEL_BSP_MAX_QUEUE_SIZE."),
  };
}

// Variables of traces override the general ones.
void Complete(OtelVariables& values, TraceSettings& tracing, config::LoadState& state) {
  if (!state.IsSet("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL")) {
    values.otlp_traces_protocol = values.otlp_protocol;
  }
  if (!state.IsSet("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT")) {
    values.otlp_traces_timeout = values.otlp_timeout;
  }
  tracing = MakeTraceSettings(values);
  if (tracing.batch_max > tracing.queue_max) {
    state.AddError(
        "OTEL_BSP_MAX_EXPORT_BATCH_SIZE is greater than OTEL_BSP_MAX_QUEUE_SIZE; a batch must fit "
        "into the queue");
  }
}

}  // namespace

config::Section TraceSection(TraceSettings& tracing) {
  const auto values = std::make_shared<OtelVariables>();
  std::vector<config::Setting> settings = OtlpSettings(*values);
  for (config::Setting& setting : SdkSettings(*values)) settings.push_back(std::move(setting));
  return {.title = "Traces",
          .settings = std::move(settings),
          .complete = [values, &tracing](config::LoadState& state) {
            Complete(*values, tracing, state);
          }};
}

}  // namespace matinee
