#include "telemetry/trace_context.h"

#include <algorithm>

#include "base/strings.h"

namespace matinee {
namespace {

constexpr size_t kTraceparentBytes = 55;
constexpr uint8_t kKnownFlags = 0x03;  // Sampled, and level 2's random.
constexpr size_t kKeyBytesMax = 256;
constexpr size_t kValueBytesMax = 256;

// Returns -1 for anything but a lower-case hex digit.
int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

// Fills `bytes` from twice as many digits.
bool ReadHex(std::string_view digits, std::span<uint8_t> bytes) {
  for (size_t i = 0; i < bytes.size(); ++i) {
    const int high = HexValue(digits[2 * i]);
    const int low = HexValue(digits[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    bytes[i] = static_cast<uint8_t>(high * 16 + low);
  }
  return true;
}

bool IsZero(std::span<const uint8_t> bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](uint8_t byte) { return byte == 0; });
}

bool IsKey(std::string_view key) {
  constexpr std::string_view kSigns = "_-*/@";
  const auto is_first = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !key.empty() && key.size() <= kKeyBytesMax && is_first(key.front()) &&
         std::all_of(key.begin(), key.end(), [&](char c) {
           return is_first(c) || kSigns.find(c) != std::string_view::npos;
         });
}

bool IsValue(std::string_view value) {
  return !value.empty() && value.size() <= kValueBytesMax &&
         std::all_of(value.begin(), value.end(),
                     [](char c) { return c >= ' ' && c <= '~' && c != ',' && c != '='; });
}

}  // namespace

std::optional<SpanIds> ParseTraceparent(std::string_view text) {
  if (text.size() < kTraceparentBytes) return std::nullopt;
  std::array<uint8_t, 1> version{};
  std::array<uint8_t, 1> flags{};
  SpanIds ids;
  const bool read = ReadHex(text.substr(0, 2), version) && text[2] == '-' &&
                    ReadHex(text.substr(3, 32), ids.trace_id) && text[35] == '-' &&
                    ReadHex(text.substr(36, 16), ids.span_id) && text[52] == '-' &&
                    ReadHex(text.substr(53, 2), flags);
  if (!read || version[0] == 0xff) return std::nullopt;
  const bool longer = text.size() > kTraceparentBytes;
  if (longer && (version[0] == 0 || text[kTraceparentBytes] != '-')) return std::nullopt;
  if (IsZero(ids.trace_id) || IsZero(ids.span_id)) return std::nullopt;
  ids.flags = flags[0] & kKnownFlags;
  return ids;
}

std::string FormatTraceparent(const SpanIds& ids) {
  const std::array<uint8_t, 1> flags = {static_cast<uint8_t>(ids.flags & kKnownFlags)};
  return "00-" + ToHex(ids.trace_id) + "-" + ToHex(ids.span_id) + "-" + ToHex(flags);
}

bool IsTracestate(std::string_view text) {
  if (text.size() > kTracestateBytesMax) return false;
  // Members may be separated by spaces and tabs, but not by the other white space that Trim
  // removes.
  const bool one_line = std::all_of(text.begin(), text.end(),
                                    [](char c) { return c == '\t' || (c >= ' ' && c <= '~'); });
  if (!one_line) return false;
  size_t members = 0;
  for (const std::string_view part : Split(text, ',')) {
    const std::string_view member = Trim(part);
    if (member.empty()) continue;  // The specification allows "a=1,,b=2".
    const size_t equals = member.find('=');
    if (equals == std::string_view::npos || ++members > kTracestateMembersMax) return false;
    if (!IsKey(member.substr(0, equals)) || !IsValue(member.substr(equals + 1))) return false;
  }
  return members > 0;
}

TraceContext ReadTraceContext(std::string_view traceparent, std::string_view tracestate) {
  const auto ids = ParseTraceparent(traceparent);
  if (!ids) return {};
  TraceContext context;
  context.traceparent = FormatTraceparent(*ids);
  if (IsTracestate(tracestate)) context.tracestate = std::string(tracestate);
  return context;
}

std::string ToHex(std::span<const uint8_t> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  hex.reserve(2 * bytes.size());
  for (const uint8_t byte : bytes) {
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 0x0f];
  }
  return hex;
}

}  // namespace matinee
