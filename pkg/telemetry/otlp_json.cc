#include <fmt/format.h>

#include <cmath>

#include "telemetry/log_line.h"
#include "telemetry/otlp.h"

namespace matinee {
namespace {

// Proto3's JSON mapping writes the numbers that JSON lacks as strings.
std::string Double(double value) {
  if (std::isnan(value)) return R"("NaN")";
  if (std::isinf(value)) return value > 0 ? R"("Infinity")" : R"("-Infinity")";
  return fmt::format("{}", value);
}

// Appends a member `name` with the value `text`.
void AppendMember(std::string& out, std::string_view name, std::string_view text) {
  out += ",\"";
  out += name;
  out += "\":";
  AppendJsonText(out, text);
}

// 64-bit integers are decimal strings.
void AppendKeyValue(std::string& out, std::string_view key, const AttributeValue& value) {
  if (!out.empty()) out += ',';
  out += "{\"key\":";
  AppendJsonText(out, key);
  out += ",\"value\":{";
  if (const auto* text = std::get_if<std::string_view>(&value)) {
    out += "\"stringValue\":";
    AppendJsonText(out, SpanText(*text));
  } else if (const auto* flag = std::get_if<bool>(&value)) {
    out += *flag ? "\"boolValue\":true" : "\"boolValue\":false";
  } else if (const auto* number = std::get_if<int64_t>(&value)) {
    out += fmt::format("\"intValue\":\"{}\"", *number);
  } else {
    out += "\"doubleValue\":" + Double(std::get<double>(value));
  }
  out += "}}";
}

void AppendIds(std::string& out, const SpanIds& ids, std::string_view tracestate) {
  out += fmt::format(R"("traceId":"{}","spanId":"{}")", ToHex(ids.trace_id), ToHex(ids.span_id));
  if (!tracestate.empty()) AppendMember(out, "traceState", tracestate);
}

void AppendSpanObject(std::string& out, const OtlpSpan& span) {
  out += '{';
  AppendIds(out, span.ids, span.tracestate);
  if (span.parent) out += fmt::format(R"(,"parentSpanId":"{}")", ToHex(*span.parent));
  AppendMember(out, "name", span.name);
  out +=
      fmt::format(R"(,"kind":{},"startTimeUnixNano":"{}","endTimeUnixNano":"{}","attributes":[{}])",
                  span.kind, span.start_unix_nanos, span.end_unix_nanos, span.attributes);
  if (!span.links.empty()) out += ",\"links\":[" + span.links + "]";
  if (span.failed) {
    out += ",\"status\":{\"code\":2";
    if (!span.failure.empty()) AppendMember(out, "message", span.failure);
    out += '}';
  }
  out += fmt::format(",\"flags\":{}}}", OtlpFlags(span));
}

class Json final : public OtlpEncoder {
 public:
  [[nodiscard]] std::string_view content_type() const override { return "application/json"; }

  void AppendAttribute(std::string& out, std::string_view key,
                       const AttributeValue& value) const override {
    AppendKeyValue(out, key, value);
  }

  void AppendLink(std::string& out, const SpanIds& ids,
                  std::string_view tracestate) const override {
    out += out.empty() ? "{" : ",{";
    AppendIds(out, ids, tracestate);
    out += fmt::format(",\"flags\":{}}}", ids.flags);
  }

  [[nodiscard]] std::string Request(
      const std::vector<std::pair<std::string, std::string>>& resource, std::string_view scope,
      std::span<const OtlpSpan* const> spans) const override {
    std::string attributes;
    for (const auto& [key, value] : resource) {
      AppendKeyValue(attributes, key, std::string_view(value));
    }
    std::string request = R"({"resourceSpans":[{"resource":{"attributes":[)" + attributes +
                          R"(]},"scopeSpans":[{"scope":{"name":)";
    AppendJsonText(request, scope);
    request += "},\"spans\":[";
    for (const OtlpSpan* span : spans) {
      if (span != spans.front()) request += ',';
      AppendSpanObject(request, *span);
    }
    return request + "]}]}]}";
  }
};

}  // namespace

const OtlpEncoder& JsonEncoder() {
  static const Json encoder;
  return encoder;
}

}  // namespace matinee
