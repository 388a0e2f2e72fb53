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
std::vector<std::string_view> Split(std::string_view text, char separator);  // "" becomes {""}.
// Deleted for temporaries: the parts would dangle.
template <std::same_as<std::string> Temporary>
std::vector<std::string_view> Split(Temporary&& text, char separator) = delete;
std::string ToLower(std::string_view text);                     // ASCII only.
bool EqualsIgnoreCase(std::string_view a, std::string_view b);  // ASCII only.

// Parses the whole text as a number; std::nullopt for "", " 1", "1x", "nan", "inf", or a number out
// of range.
std::optional<int64_t> ParseInt(std::string_view text);
std::optional<double> ParseDouble(std::string_view text);

// Encodes every byte but the unreserved characters of RFC 3986 as %XX.
std::string PercentEncode(std::string_view text);
// Decodes %XX; std::nullopt for an invalid escape. With `plus_is_space`, + becomes a space
// (application/x-www-form-urlencoded).
std::optional<std::string> PercentDecode(std::string_view text, bool plus_is_space = false);

// Returns whether `text` is valid UTF-8 (RFC 3629: no surrogates, nothing above U+10FFFF, no
// overlong form).
bool IsUtf8(std::string_view text);

// Returns `text` as valid UTF-8 without control characters: each other byte becomes "\xNN". Text of
// file names and of FFmpeg is escaped before it is stored or shown.
std::string EscapeUnprintable(std::string_view text);

// Returns the longest prefix of at most `bytes_max` bytes that does not split a UTF-8 character.
std::string_view TruncateUtf8(std::string_view text, size_t bytes_max);

}  // namespace matinee
