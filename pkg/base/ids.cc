#include "base/ids.h"

#include <sys/random.h>

#include <array>
#include <cstdint>

#include "base/check.h"
#include "base/time_format.h"

namespace matinee {
namespace {

constexpr std::string_view kLowerHex = "0123456789abcdef";

// getrandom(2) cannot fail for 256 bytes or less once the kernel's pool is initialized.
template <size_t size>
std::array<uint8_t, size> RandomBytes() {
  std::array<uint8_t, size> bytes{};
  MATINEE_CHECK(getrandom(bytes.data(), size, 0) == static_cast<ssize_t>(size),
                "the kernel has random bytes");
  return bytes;
}

}  // namespace

std::string RandomHex() {
  std::string text;
  for (const uint8_t byte : RandomBytes<4>()) {
    text += kLowerHex[byte >> 4];
    text += kLowerHex[byte & 0x0F];
  }
  return text;
}

std::string NewId(const Clock& clock) {
  auto bytes = RandomBytes<16>();
  const auto millis = static_cast<uint64_t>(ToMicros(clock.Now()) / 1000);
  for (size_t i = 0; i < 6; ++i) bytes.at(i) = static_cast<uint8_t>(millis >> (40 - 8 * i));
  bytes[6] = static_cast<uint8_t>((bytes[6] & 0x0F) | 0x70);
  bytes[8] = static_cast<uint8_t>((bytes[8] & 0x3F) | 0x80);

  std::string text;
  text.reserve(36);
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += kLowerHex[bytes.at(i) >> 4];
    text += kLowerHex[bytes.at(i) & 0x0F];
  }
  return text;
}

bool IsUuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if (dash ? c != '-' : !hex) return false;
  }
  return true;
}

}  // namespace matinee
