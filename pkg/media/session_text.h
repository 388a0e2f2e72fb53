// Builds the texts and ids of a PlaybackSession in the same way for each type of media server.
//
// Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "media/playback_session.h"

namespace matinee::media {

// The maximum length of titles, user and player names: a card shows a line or two of them.
constexpr size_t kTextBytesMax = 500;
// Longer than the ids of any server; the API accepts session ids of up to 256 bytes.
constexpr size_t kServerIdBytesMax = 64;
// No item is longer; a larger number is an error of the server.
constexpr double kItemSecondsMax = 1e7;
// More sessions than a server has players.
constexpr size_t kRowsMax = 200;
// More versions, parts or streams than an item has.
constexpr size_t kChildrenMax = 200;

// Media servers send 0 for a year that they do not know.
std::optional<int> KnownYear(std::optional<int> year);

// Sanitizes a server's text for display: valid UTF-8, no control characters, limited length.
std::string CleanText(std::string_view text);
// The same; empty for an empty text.
std::optional<std::string> CleanTextOrNothing(std::string_view text);

// "S05E14 — Ozymandias"; season 0 (specials) is shown like any other. Unknown parts are omitted;
// empty if all are unknown. `last_episode` is for files that contain several.
std::optional<std::string> EpisodeSubtitle(std::optional<int> season, std::optional<int> episode,
                                           std::optional<int> last_episode, std::string_view name);

// The prefix of a server's session ids: "plex-", "jf-", "emby-" for the first server of its type in
// the settings, "jf-<name>__" for the others, so that ids cannot collide.
std::string SessionIdPrefix(MediaServerType source, std::string_view server_name, size_t ordinal);

// Returns `prefix` and the server's id, in which each byte that is not a letter, a digit, "-", "."
// or "_" becomes _XX. A "_" becomes _5F only where it could be mistaken: at an end, beside another
// escaped byte, before two digits of an _XX. So two ids stay different, and "__" does not occur.
// Empty for an id that is empty or too long.
std::optional<std::string> MakeSessionId(std::string_view prefix, std::string_view server_id);

}  // namespace matinee::media
