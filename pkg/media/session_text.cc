#include "media/session_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/strings.h"

namespace matinee::media {
namespace {

// Returns `text` with _XX for every byte that is not a letter, a digit, '-' or '.'.
std::string EscapeId(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.';
    if (plain) {
      escaped += c;
    } else {
      escaped += fmt::format("_{:02X}", static_cast<unsigned char>(c));
    }
  }
  return escaped;
}

std::string_view TypePrefix(MediaServerType source) {
  switch (source) {
    case MediaServerType::kPlex:
      return "plex-";
    case MediaServerType::kJellyfin:
      return "jf-";
    case MediaServerType::kEmby:
      return "emby-";
  }
  return "";
}

}  // namespace

std::string CleanText(std::string_view text) {
  return EscapeUnprintable(TruncateUtf8(Trim(text), kTextBytesMax));
}

std::optional<std::string> CleanTextOrNothing(std::string_view text) {
  std::string clean = CleanText(text);
  if (clean.empty()) return std::nullopt;
  return clean;
}

std::optional<std::string> EpisodeSubtitle(std::optional<int> season, std::optional<int> episode,
                                           std::optional<int> last_episode, std::string_view name) {
  std::string number;
  if (season) number += fmt::format("S{:02}", *season);
  if (episode) number += fmt::format("E{:02}", *episode);
  if (episode && last_episode && *last_episode > *episode) {
    number += fmt::format("-E{:02}", *last_episode);
  }
  const std::string title = CleanText(name);
  if (number.empty() && title.empty()) return std::nullopt;
  if (number.empty()) return title;
  if (title.empty()) return number;
  return number + " — " + title;
}

std::string SessionIdPrefix(MediaServerType source, std::string_view server_name, size_t ordinal) {
  std::string prefix(TypePrefix(source));
  if (ordinal > 0) {
    prefix += EscapeId(TruncateUtf8(server_name, kServerIdBytesMax)) + "__";
  }
  return prefix;
}

std::optional<std::string> MakeSessionId(std::string_view prefix, std::string_view server_id) {
  if (server_id.empty() || server_id.size() > kServerIdBytesMax) return std::nullopt;
  return std::string(prefix) + EscapeId(server_id);
}

}  // namespace matinee::media
