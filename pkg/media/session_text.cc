#include "media/session_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/strings.h"

namespace matinee::media {
namespace {

bool IsPlainInId(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.';
}

bool IsEscapeDigit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F');
}

// Whether the '_' at `at` cannot be mistaken for the beginning of an escaped byte or for a part of
// the separator "__".
bool IsPlainUnderscore(std::string_view text, size_t at) {
  if (at == 0 || at + 1 >= text.size() || !IsPlainInId(text[at + 1])) return false;
  return at + 2 >= text.size() || !IsEscapeDigit(text[at + 1]) || !IsEscapeDigit(text[at + 2]);
}

// See MakeSessionId.
std::string EscapeId(std::string_view text) {
  std::string escaped;
  for (size_t i = 0; i < text.size(); ++i) {
    if (IsPlainInId(text[i]) || (text[i] == '_' && IsPlainUnderscore(text, i))) {
      escaped += text[i];
    } else {
      escaped += fmt::format("_{:02X}", static_cast<unsigned char>(text[i]));
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

std::optional<int> KnownYear(std::optional<int> year) {
  return year == 0 ? std::nullopt : year;
}

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
