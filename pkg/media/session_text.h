// The pieces of a PlaybackSession that are made alike for every kind of media server.
//
// Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "media/playback_session.h"

namespace matinee::media {

// Titles, user and player names are cut here: a card shows a line or two of them.
constexpr size_t kTextBytesMax = 500;
// Longer ids than any server gives out; the API takes session ids of up to 256 bytes.
constexpr size_t kServerIdBytesMax = 64;
// No film is longer than this; a number past it is a server's mistake.
constexpr double kFilmSecondsMax = 1e7;

// Text of a media server, made fit to be shown: valid UTF-8, no control characters, not too long.
std::string CleanText(std::string_view text);
// The same; nothing for an empty text.
std::optional<std::string> CleanTextOrNothing(std::string_view text);

// "S05E14 — Ozymandias"; season 0 holds the specials and counts like any other. A part that is not
// known is left out; nothing if none is known. `last_episode` is for files that hold several.
std::optional<std::string> EpisodeSubtitle(std::optional<int> season, std::optional<int> episode,
                                           std::optional<int> last_episode, std::string_view name);

// What the session ids of a server begin with: "plex-", "jf-", "emby-" for the first server of its
// kind in the settings, "jf-<name>__" for the others, so that ids cannot collide.
std::string SessionIdPrefix(MediaServerType source, std::string_view server_name, size_t ordinal);

// `prefix` and the server's own id, in which what is not a letter, a digit, "-" or "." becomes _XX
// (so two ids never become one, and "__" never arises). Nothing for an id that is empty or too
// long.
std::optional<std::string> MakeSessionId(std::string_view prefix, std::string_view server_id);

}  // namespace matinee::media
