// The forms that values of settings have. Internal to this package.
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
#include "config/settings.h"

namespace matinee::config {

constexpr size_t kTextBytesMax = 4096;  // PATH_MAX of Linux; nothing else is as long.
constexpr size_t kListItemsMax = 64;    // Hosts, roots or mappings of one household.

// Any value: UTF-8, no control characters, not longer than kTextBytesMax.
Status CheckText(std::string_view text);

Result<int64_t> ParseInteger(std::string_view text, int64_t min, int64_t max);

// "500ms", "2s", "1.5m", "1h".
Result<std::chrono::milliseconds> ParseDuration(std::string_view text,
                                                std::chrono::milliseconds min,
                                                std::chrono::milliseconds max);
std::string FormatDuration(std::chrono::milliseconds duration);

// "536870912", "512M", "1G", also "1GB" and "1GiB": powers of 1024.
Result<int64_t> ParseBytes(std::string_view text);

// The index of `text` among `choices`.
Result<size_t> ParseChoice(std::string_view text, const std::vector<std::string_view>& choices);

// An IP address ("[::1]" loses its brackets) or "localhost".
Result<std::string> ParseAddress(std::string_view text);

// A host name or an address, in small letters, IPv6 in brackets, no port.
Result<std::string> ParseHostName(std::string_view text);

// "nas:8780", "127.0.0.1:8780", "[::1]:8780"; the name in small letters.
Result<HostPort> ParseHostPort(std::string_view text);

// "matinee" and "/matinee/" are "/matinee", "/" is "".
Result<std::string> ParseBasePath(std::string_view text);

// "http://nas:32400/" is "http://nas:32400".
Result<std::string> ParseServerUrl(std::string_view text);

// A path without slashes at its end.
std::string TrimPath(std::string_view text);
Result<std::string> ParseAbsolutePath(std::string_view text);

// "/data=/media;D:\Films=/films"
Result<std::vector<PathMapping>> ParseMappings(std::string_view text);
Status CheckMappings(const std::vector<PathMapping>& mappings);

// A Plex token or an API key: visible ASCII, as it goes into a header.
Status CheckToken(std::string_view text);

// Names of media servers; they stand in session ids and in labels of metrics.
Status CheckServerName(std::string_view text);

// Whether it begins with postgres:// or postgresql://; the rest is libpq's to judge.
bool IsPostgresUrl(std::string_view text);

// `text` as a YAML scalar that is read as the same text.
std::string YamlScalar(std::string_view text);

}  // namespace matinee::config
