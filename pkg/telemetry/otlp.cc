#include "telemetry/otlp.h"

#include "base/strings.h"

namespace matinee {

uint32_t OtlpFlags(const OtlpSpan& span) {
  constexpr uint32_t kKnowsRemote = 0x100;
  constexpr uint32_t kIsRemote = 0x200;
  return span.ids.flags | kKnowsRemote | (span.parent_is_remote ? kIsRemote : 0);
}

const OtlpEncoder& EncoderOf(OtlpProtocol protocol) {
  return protocol == OtlpProtocol::kJson ? JsonEncoder() : ProtobufEncoder();
}

std::string SpanText(std::string_view text) {
  const std::string_view head = TruncateUtf8(text, kAttributeBytesMax);
  return IsUtf8(head) ? std::string(head) : EscapeUnprintable(head);
}

}  // namespace matinee
