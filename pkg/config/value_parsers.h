// Parses and checks the values of settings: what several packages need. Values that one package
// understands are parsed there, by functions of the same kind.
//
// Each function fails with kInvalidArgument and the end of a sentence that begins with the value:
// "is not a whole number from 1 to 65535".
//
// Thread safety: pure functions.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/host_port.h"

namespace matinee::config {

constexpr size_t kTextBytesMax = 4096;  // PATH_MAX of Linux; no other value is as long.
constexpr size_t kListItemsMax = 64;    // More is probably a mistake.

// Checks what holds for any value: UTF-8, no control characters, at most kTextBytesMax.
Status CheckText(std::string_view text);

Result<int64_t> ParseInteger(std::string_view text, int64_t min, int64_t max);

// Parses "500ms", "2s", "1.5m", "1h".
Result<std::chrono::milliseconds> ParseDuration(std::string_view text,
                                                std::chrono::milliseconds min,
                                                std::chrono::milliseconds max);
std::string FormatDuration(std::chrono::milliseconds duration);

// Parses "536870912", "512M", "1G", also "1GB" and "1GiB": powers of 1024.
Result<int64_t> ParseBytes(std::string_view text);

// Returns the index of `text` among `choices`, ignoring case.
Result<size_t> ParseChoice(std::string_view text, const std::vector<std::string_view>& choices);

// Parses an IP address (without the brackets of "[::1]") or "localhost".
Result<std::string> ParseAddress(std::string_view text);

// Parses a host name or an address without a port. Returns it in lower case, IPv6 in brackets.
Result<std::string> ParseHostName(std::string_view text);

// Parses "nas:8780", "127.0.0.1:8780", "[::1]:8780". Returns the name in lower case.
Result<HostPort> ParseHostPort(std::string_view text);

// Returns "http://nas:32400" for "http://nas:32400/".
Result<std::string> ParseServerUrl(std::string_view text);

// Removes trailing slashes.
std::string TrimPath(std::string_view text);

// Returns "/data/captures" for "/data" and "captures".
std::string JoinPath(std::string_view folder, std::string_view name);

Result<std::string> ParseAbsolutePath(std::string_view text);

// Checks a token or a key: visible ASCII, as it is sent in a header.
Status CheckToken(std::string_view text);

// Whether it consists of ASCII letters, digits and `of_these_too`.
bool Consists(std::string_view text, std::string_view of_these_too);

// Fails with kInvalidArgument.
tl::unexpected<Error> Refuse(std::string why);

// Returns `text` as a YAML scalar that parses as the same text.
std::string YamlScalar(std::string_view text);

}  // namespace matinee::config
