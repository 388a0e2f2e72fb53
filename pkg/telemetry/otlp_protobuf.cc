#include <bit>

#include "base/strings.h"
#include "telemetry/otlp.h"

namespace matinee {
namespace {

// Wire types, https://protobuf.dev/programming-guides/encoding/#structure.
enum class Wire { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

void AppendVarint(std::string& out, uint64_t value) {
  while (value >= 0x80) {
    out += static_cast<char>(value | 0x80);
    value >>= 7;
  }
  out += static_cast<char>(value);
}

size_t VarintBytes(uint64_t value) {
  return (static_cast<size_t>(std::bit_width(value | 1)) + 6) / 7;
}

void AppendTag(std::string& out, uint32_t field, Wire wire) {
  AppendVarint(out, field << 3 | static_cast<uint32_t>(wire));
}

template <typename Number>
void AppendFixed(std::string& out, Number value) {
  for (size_t i = 0; i < sizeof(Number); ++i) out += static_cast<char>(value >> (8 * i));
}

void AppendBytes(std::string& out, uint32_t field, std::string_view bytes) {
  AppendTag(out, field, Wire::kBytes);
  AppendVarint(out, bytes.size());
  out += bytes;
}

// Proto3 omits an empty string.
void AppendText(std::string& out, uint32_t field, std::string_view text) {
  if (!text.empty()) AppendBytes(out, field, text);
}

template <size_t kBytes>
void AppendId(std::string& out, uint32_t field, const std::array<uint8_t, kBytes>& id) {
  AppendTag(out, field, Wire::kBytes);
  AppendVarint(out, kBytes);
  out.append(id.begin(), id.end());
}

// Returns the bytes of a field of length `size` whose number is below 16.
size_t FieldBytes(size_t size) {
  return 1 + VarintBytes(size) + size;
}

// The message AnyValue.
size_t ValueBytes(const AttributeValue& value) {
  if (const auto* text = std::get_if<std::string_view>(&value)) return FieldBytes(text->size());
  if (const auto* number = std::get_if<int64_t>(&value)) {
    return 1 + VarintBytes(static_cast<uint64_t>(*number));
  }
  return std::holds_alternative<double>(value) ? 9 : 2;
}

void AppendValue(std::string& out, const AttributeValue& value) {
  if (const auto* text = std::get_if<std::string_view>(&value)) {
    AppendBytes(out, 1, *text);
  } else if (const auto* flag = std::get_if<bool>(&value)) {
    AppendTag(out, 2, Wire::kVarint);
    AppendVarint(out, *flag ? 1 : 0);
  } else if (const auto* number = std::get_if<int64_t>(&value)) {
    AppendTag(out, 3, Wire::kVarint);
    AppendVarint(out, static_cast<uint64_t>(*number));
  } else {
    AppendTag(out, 4, Wire::kFixed64);
    AppendFixed(out, std::bit_cast<uint64_t>(std::get<double>(value)));
  }
}

// The message KeyValue as field number `field`.
void AppendKeyValue(std::string& out, uint32_t field, std::string_view key,
                    const AttributeValue& value) {
  const size_t value_bytes = ValueBytes(value);
  AppendTag(out, field, Wire::kBytes);
  AppendVarint(out, FieldBytes(key.size()) + FieldBytes(value_bytes));
  AppendBytes(out, 1, key);
  AppendTag(out, 2, Wire::kBytes);
  AppendVarint(out, value_bytes);
  AppendValue(out, value);
}

void AppendSafe(std::string& out, uint32_t field, std::string_view key,
                const AttributeValue& value) {
  const auto* text = std::get_if<std::string_view>(&value);
  if (text == nullptr || (text->size() <= kAttributeBytesMax && IsUtf8(*text))) {
    AppendKeyValue(out, field, key, value);
    return;
  }
  const std::string safe = SpanText(*text);
  AppendKeyValue(out, field, key, std::string_view(safe));
}

// The message Span.
void AppendSpanMessage(std::string& out, const OtlpSpan& span) {
  AppendId(out, 1, span.ids.trace_id);
  AppendId(out, 2, span.ids.span_id);
  AppendText(out, 3, span.tracestate);
  if (span.parent) AppendId(out, 4, *span.parent);
  AppendText(out, 5, span.name);
  AppendTag(out, 6, Wire::kVarint);
  AppendVarint(out, static_cast<uint64_t>(span.kind));
  AppendTag(out, 7, Wire::kFixed64);
  AppendFixed(out, span.start_unix_nanos);
  AppendTag(out, 8, Wire::kFixed64);
  AppendFixed(out, span.end_unix_nanos);
  out += span.attributes;
  out += span.links;
  if (span.failed) {
    const size_t bytes = (span.failure.empty() ? 0 : FieldBytes(span.failure.size())) + 2;
    AppendTag(out, 15, Wire::kBytes);
    AppendVarint(out, bytes);
    AppendText(out, 2, span.failure);
    AppendTag(out, 3, Wire::kVarint);
    AppendVarint(out, 2);  // STATUS_CODE_ERROR
  }
  AppendTag(out, 16, Wire::kFixed32);
  AppendFixed(out, OtlpFlags(span));
}

class Protobuf final : public OtlpEncoder {
 public:
  [[nodiscard]] std::string_view content_type() const override { return "application/x-protobuf"; }

  void AppendAttribute(std::string& out, std::string_view key,
                       const AttributeValue& value) const override {
    AppendSafe(out, 9, key, value);
  }

  void AppendLink(std::string& out, const SpanIds& ids,
                  std::string_view tracestate) const override {
    std::string link;
    AppendId(link, 1, ids.trace_id);
    AppendId(link, 2, ids.span_id);
    AppendText(link, 3, tracestate);
    AppendTag(link, 6, Wire::kFixed32);
    AppendFixed(link, uint32_t{ids.flags});
    AppendBytes(out, 13, link);
  }

  [[nodiscard]] std::string Request(
      const std::vector<std::pair<std::string, std::string>>& resource, std::string_view scope,
      std::span<const OtlpSpan* const> spans) const override {
    std::string attributes;
    for (const auto& [key, value] : resource) {
      AppendSafe(attributes, 1, key, std::string_view(value));
    }
    std::string scope_message;
    AppendText(scope_message, 1, scope);
    std::string scope_spans;
    AppendBytes(scope_spans, 1, scope_message);
    std::string message;
    for (const OtlpSpan* span : spans) {
      message.clear();
      AppendSpanMessage(message, *span);
      AppendBytes(scope_spans, 2, message);
    }
    std::string resource_spans;
    AppendBytes(resource_spans, 1, attributes);
    AppendBytes(resource_spans, 2, scope_spans);
    std::string request;
    AppendBytes(request, 1, resource_spans);
    return request;
  }
};

}  // namespace

const OtlpEncoder& ProtobufEncoder() {
  static const Protobuf encoder;
  return encoder;
}

}  // namespace matinee
