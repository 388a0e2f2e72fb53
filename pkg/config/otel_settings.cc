#include "config/otel_settings.h"

#include <algorithm>

#include "base/strings.h"
#include "config/value_parsers.h"

namespace matinee::config {
namespace {

constexpr std::string_view kTracesPath = "/v1/traces";
constexpr std::string_view kDefaultServiceName = "matinee";
constexpr std::string_view kServiceName = "service.name";

using Pairs = std::vector<std::pair<std::string, std::string>>;

bool IsHeaderName(std::string_view name) {
  static constexpr std::string_view kSigns = "!#$%&'*+-.^_`|~";
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kSigns.find(c) != std::string_view::npos;
  });
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
Pairs ResourceOf(const Values& values) {
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

std::string EndpointOf(const Values& values) {
  const bool off = values.otel_sdk_disabled || values.otel_traces_exporter == TracesExporter::kNone;
  if (off) return "";
  if (!values.otlp_traces_endpoint.empty()) return values.otlp_traces_endpoint;
  if (values.otlp_endpoint.empty()) return "";
  return values.otlp_endpoint + std::string(kTracesPath);
}

}  // namespace

Result<Pairs> ParsePairs(std::string_view text) {
  Pairs pairs;
  for (const std::string_view part : Split(text, ',')) {
    if (Trim(part).empty()) continue;
    const size_t equals = part.find('=');
    const std::string_view key = Trim(part.substr(0, equals));
    const auto value = equals == std::string_view::npos
                           ? std::nullopt
                           : PercentDecode(Trim(part.substr(equals + 1)));
    if (key.empty() || !value || !CheckText(*value)) {
      return Fail(Code::kInvalidArgument,
                  "is not of the form key=value,another=value (with %2C for a comma)");
    }
    if (pairs.size() == kResourceAttributesMax) {
      return Fail(Code::kInvalidArgument,
                  "has more than " + std::to_string(kResourceAttributesMax) + " entries");
    }
    pairs.emplace_back(std::string(key), *value);
  }
  return pairs;
}

Status CheckOtlpHeaders(std::string_view text) {
  TRY_ASSIGN(const Pairs pairs, ParsePairs(text));
  const bool good = std::all_of(pairs.begin(), pairs.end(),
                                [](const auto& pair) { return IsHeaderName(pair.first); });
  if (good) return {};
  return Fail(Code::kInvalidArgument, "has an invalid header name");
}

Result<std::string> ParseTracesUrl(std::string_view text) {
  TRY_ASSIGN(std::string url, ParseServerUrl(text));
  return text.ends_with('/') ? url + "/" : url;
}

Result<double> ParseRatio(std::string_view text) {
  const auto ratio = ParseDouble(text);
  if (ratio && *ratio >= 0 && *ratio <= 1) return *ratio;
  return Fail(Code::kInvalidArgument, "is not a number from 0 to 1");
}

TraceSettings MakeTraceSettings(const Values& values) {
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

}  // namespace matinee::config
