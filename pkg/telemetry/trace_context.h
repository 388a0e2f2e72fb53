// W3C Trace Context: what one service sends to the next so that their spans form one trace.
//
// Source: https://www.w3.org/TR/trace-context/ (level 1; of level 2 the "random" flag).
//
// Thread safety: plain values and pure functions. Nothing here fails: a malformed context counts as
// missing, and a span without a context starts a new trace.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace matinee {

// A tracestate that is longer, or has more members, is dropped; the trace continues without it.
constexpr size_t kTracestateBytesMax = 512;
constexpr size_t kTracestateMembersMax = 32;

// The text form, as in two HTTP headers or in a job of a queue.
struct TraceContext {
  std::string traceparent;  // Empty: no context.
  std::string tracestate;   // State of other vendors, propagated unchanged; mostly empty.

  [[nodiscard]] bool empty() const { return traceparent.empty(); }
  bool operator==(const TraceContext&) const = default;
};

using TraceId = std::array<uint8_t, 16>;
using SpanId = std::array<uint8_t, 8>;

struct SpanIds {
  TraceId trace_id{};
  SpanId span_id{};
  uint8_t flags = 0;  // Bit 0: the trace is sampled.

  bool operator==(const SpanIds&) const = default;
};

// Parses "00-<32 hex digits>-<16 hex digits>-<2 hex digits>" in lower case. Version ff is invalid;
// of a later version the first four fields count. Ids of zeros are invalid.
std::optional<SpanIds> ParseTraceparent(std::string_view text);

// Formats version 00 with the defined flags.
std::string FormatTraceparent(const SpanIds& ids);

// Returns whether `text` is a valid tracestate. An empty one is not.
bool IsTracestate(std::string_view text);

// Returns the context of two headers; empty if the first is malformed, without tracestate if the
// second is. The result is safe to send, to store and to log: at most 55 and 512 bytes of ASCII.
TraceContext ReadTraceContext(std::string_view traceparent, std::string_view tracestate);

// Returns lower-case hex digits.
std::string ToHex(std::span<const uint8_t> bytes);

}  // namespace matinee
