// What one service hands to the next so that their spans become one trace: W3C Trace Context.
//
// Source: https://www.w3.org/TR/trace-context/ (level 1; of level 2 the "random" flag).
//
// Thread safety: plain values and pure functions. Nothing here fails: what is malformed is no
// context, and whoever gets none begins a new trace.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace matinee {

// A tracestate that is longer, or has more members, is dropped; the trace goes on without it.
constexpr size_t kTracestateBytesMax = 512;
constexpr size_t kTracestateMembersMax = 32;

// As it stands in two HTTP headers, in a job of the queue, or anywhere else on its way.
struct TraceContext {
  std::string traceparent;  // Empty: no context.
  std::string tracestate;   // Other vendors' words, passed on as they are; mostly empty.

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

// "00-<32 hex digits>-<16 hex digits>-<2 hex digits>", in small letters. Version ff is invalid; of
// a version that is not known yet the first four fields count. Ids of zeros are invalid.
std::optional<SpanIds> ParseTraceparent(std::string_view text);

// In version 00, with the flags that are defined.
std::string FormatTraceparent(const SpanIds& ids);

// Whether `text` is a tracestate that may be passed on. An empty one is not.
bool IsTracestate(std::string_view text);

// The context of two headers; empty if the first is malformed, without its tracestate if the second
// is. The result is safe to send, to store and to log: at most 55 and 512 bytes of ASCII.
TraceContext ReadTraceContext(std::string_view traceparent, std::string_view tracestate);

// Small hex digits.
std::string ToHex(std::span<const uint8_t> bytes);

}  // namespace matinee
