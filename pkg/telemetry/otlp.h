// Spans in the two forms of OTLP over HTTP. Internal to this package; knows nothing of the SDK.
//
// Source: open-telemetry/opentelemetry-proto, trace/v1/trace.proto and docs/specification.md
// ("Binary Protobuf Encoding", "JSON Protobuf Encoding").
//
// Attributes are encoded when they are set: one string grows, instead of a list of pairs of
// strings. Texts are made valid UTF-8 (a collector throws the whole batch away otherwise) and cut
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

constexpr size_t kAttributeBytesMax = 1024;  // Longer texts belong into the log.

using AttributeValue = std::variant<std::string_view, int64_t, double, bool>;

struct OtlpSpan {
  SpanIds ids;
  std::optional<SpanId> parent;
  bool parent_is_remote = false;
  std::string tracestate;
  std::string name;
  int kind = 1;  // As in trace.proto: 1 internal to 5 consumer.
  uint64_t start_unix_nanos = 0;
  uint64_t end_unix_nanos = 0;
  bool failed = false;
  std::string failure;     // Status message; empty unless it failed.
  std::string attributes;  // As AppendAttribute wrote them.
  std::string links;       // As AppendLink wrote them.
};

// trace.proto, Span.flags: W3C's flags, and whether the parent lives in another process.
uint32_t OtlpFlags(const OtlpSpan& span);

class OtlpEncoder {
 public:
  virtual ~OtlpEncoder() = default;
  [[nodiscard]] virtual std::string_view content_type() const = 0;
  virtual void AppendAttribute(std::string& out, std::string_view key,
                               const AttributeValue& value) const = 0;
  virtual void AppendLink(std::string& out, const SpanIds& ids,
                          std::string_view tracestate) const = 0;
  // The body of one post.
  [[nodiscard]] virtual std::string Request(
      const std::vector<std::pair<std::string, std::string>>& resource, std::string_view scope,
      std::span<const OtlpSpan* const> spans) const = 0;
};

const OtlpEncoder& EncoderOf(OtlpProtocol protocol);
// One for each form; EncoderOf chooses.
const OtlpEncoder& ProtobufEncoder();
const OtlpEncoder& JsonEncoder();

// `text` as it may stand in a span: UTF-8, not too long.
std::string SpanText(std::string_view text);

}  // namespace matinee
