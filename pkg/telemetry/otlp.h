// Encodes spans in the two encodings of OTLP over HTTP. Internal to this package; independent of
// the SDK.
//
// Source: open-telemetry/opentelemetry-proto, trace/v1/trace.proto and docs/specification.md
// ("Binary Protobuf Encoding", "JSON Protobuf Encoding").
//
// Attributes are encoded when they are set: one string grows, instead of a list of pairs of
// strings. Texts are made valid UTF-8 (otherwise a collector rejects the whole batch) and truncated
// at kAttributeBytesMax.
//
// Thread safety: encoders are constant; an OtlpSpan belongs to one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "telemetry/trace_context.h"
#include "telemetry/trace_settings.h"

namespace matinee {

constexpr size_t kAttributeBytesMax = 1024;  // Longer texts belong in the log.

using AttributeValue = std::variant<std::string_view, int64_t, double, bool>;

struct OtlpSpan {
  SpanIds ids;
  std::optional<SpanId> parent;
  bool parent_is_remote = false;
  std::string tracestate;
  std::string name;
  int kind = 1;  // trace.proto: 1 internal to 5 consumer.
  uint64_t start_unix_nanos = 0;
  uint64_t end_unix_nanos = 0;
  bool failed = false;
  std::string failure;     // Status message; empty unless it failed.
  std::string attributes;  // Written by AppendAttribute.
  std::string links;       // Written by AppendLink.
};

// Returns Span.flags of trace.proto: W3C's flags, and whether the parent is in another process.
uint32_t OtlpFlags(const OtlpSpan& span);

class OtlpEncoder {
 public:
  virtual ~OtlpEncoder() = default;
  [[nodiscard]] virtual std::string_view content_type() const = 0;
  virtual void AppendAttribute(std::string& out, std::string_view key,
                               const AttributeValue& value) const = 0;
  virtual void AppendLink(std::string& out, const SpanIds& ids,
                          std::string_view tracestate) const = 0;
  // Returns the body of one request.
  [[nodiscard]] virtual std::string Request(
      const std::vector<std::pair<std::string, std::string>>& resource, std::string_view scope,
      std::span<const OtlpSpan* const> spans) const = 0;
};

const OtlpEncoder& EncoderOf(OtlpProtocol protocol);
// One per encoding; EncoderOf chooses.
const OtlpEncoder& ProtobufEncoder();
const OtlpEncoder& JsonEncoder();

// Returns `text` as valid UTF-8 of at most kAttributeBytesMax bytes before escaping.
std::string SpanText(std::string_view text);

}  // namespace matinee
