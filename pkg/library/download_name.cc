#include "library/download_name.h"

#include <array>
#include <cmath>
#include <cstdio>

#include "base/strings.h"

namespace matinee::library {
namespace {

// Formats 1832.5 as "0-30-32".
std::string FormatPosition(double seconds) {
  const auto whole = static_cast<int64_t>(std::floor(seconds));
  std::array<char, 32> buffer{};
  const int length =
      std::snprintf(buffer.data(), buffer.size(), "%d-%02d-%02d", static_cast<int>(whole / 3600),
                    static_cast<int>(whole / 60 % 60), static_cast<int>(whole % 60));
  return std::string(buffer.data(), static_cast<size_t>(length));
}

// Removes the characters that change the direction of text: "\u202Egpj.exe" is shown as "exe.jpg".
std::string WithoutDirections(std::string title) {
  constexpr std::array<std::string_view, 12> kDirections = {"\u061C", "\u200E", "\u200F", "\u202A",
                                                            "\u202B", "\u202C", "\u202D", "\u202E",
                                                            "\u2066", "\u2067", "\u2068", "\u2069"};
  for (const std::string_view direction : kDirections) {
    size_t at = title.find(direction);
    while (at != std::string::npos) {
      title.erase(at, direction.size());
      at = title.find(direction, at);
    }
  }
  return title;
}

std::string SafeTitle(const std::string& title) {
  std::string safe;
  for (const char c : WithoutDirections(IsUtf8(title) ? title : EscapeUnprintable(title))) {
    const auto byte = static_cast<unsigned char>(c);
    const bool forbidden = byte < 0x20 || byte == 0x7F ||
                           std::string_view("/\\:*?\"<>|").find(c) != std::string_view::npos;
    safe += forbidden ? '_' : c;
  }
  std::string_view cut = TruncateUtf8(safe, kTitleBytesMax);
  while (!cut.empty() && (cut.front() == '.' || cut.front() == ' ')) cut.remove_prefix(1);
  while (!cut.empty() && (cut.back() == '.' || cut.back() == ' ')) cut.remove_suffix(1);
  return cut.empty() ? "capture" : std::string(cut);
}

}  // namespace

std::string DownloadName(const capture::Capture& capture) {
  const bool screenshot = capture.spec.type == capture::Type::kScreenshot;
  return SafeTitle(capture.spec.media_title) + " " + FormatPosition(capture.timestamp_seconds) +
         (screenshot ? ".jpg" : ".mp4");
}

std::string ContentDisposition(const std::string& disposition, const std::string& name) {
  std::string ascii;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    const bool allowed = byte >= 0x20 && byte < 0x7F && c != '"' && c != '\\' && c != '%';
    // One underscore replaces a whole UTF-8 character.
    if (allowed) {
      ascii += c;
    } else if ((byte & 0xC0) != 0x80) {
      ascii += '_';
    }
  }
  return disposition + "; filename=\"" + ascii + "\"; filename*=UTF-8''" + PercentEncode(name);
}

}  // namespace matinee::library
