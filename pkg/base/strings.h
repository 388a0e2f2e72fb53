// Small text functions that the standard library lacks. All are pure.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace matinee {

std::string_view Trim(std::string_view text);  // ASCII white space, both ends.
std::vector<std::string_view> Split(std::string_view text, char separator);  // "" gives {""}.
// Not of a temporary: the parts would dangle.
template <std::same_as<std::string> Temporary>
std::vector<std::string_view> Split(Temporary&& text, char separator) = delete;
std::string ToLower(std::string_view text);                     // ASCII only.
bool EqualsIgnoreCase(std::string_view a, std::string_view b);  // ASCII only.

// The whole text as a number; nothing for "", " 1", "1x", "nan", "inf", or what does not fit.
std::optional<int64_t> ParseInt(std::string_view text);
std::optional<double> ParseDouble(std::string_view text);

// RFC 3986: everything but unreserved characters becomes %XX.
std::string PercentEncode(std::string_view text);
// %XX becomes the byte; nothing for a broken escape. With `plus_is_space`, + becomes a space
// (application/x-www-form-urlencoded).
std::optional<std::string> PercentDecode(std::string_view text, bool plus_is_space = false);

// Whether `text` is valid UTF-8 (RFC 3629: no surrogates, nothing past U+10FFFF, no overlong form).
bool IsUtf8(std::string_view text);

// `text` as valid UTF-8 without control characters: each offending byte becomes "\xNN". What comes
// from a file name or from FFmpeg goes through this before it is stored or shown.
std::string EscapeUnprintable(std::string_view text);

// The longest prefix of at most `bytes_max` bytes that does not cut a UTF-8 character in two.
std::string_view TruncateUtf8(std::string_view text, size_t bytes_max);

}  // namespace matinee
