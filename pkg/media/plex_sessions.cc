#include "media/plex_sessions.h"

#include <algorithm>
#include <pugixml.hpp>

#include "base/strings.h"
#include "media/session_text.h"

namespace matinee::media {
namespace {

// A file that is this much shorter than its item is one part of it.
constexpr double kPartShorterSeconds = 60;

std::string_view Attribute(pugi::xml_node node, const char* name) {
  return node.attribute(name).as_string();
}

std::string Text(pugi::xml_node node, const char* name) {
  return std::string(Attribute(node, name));
}

std::optional<int> Int(pugi::xml_node node, const char* name) {
  const auto value = ParseInt(Attribute(node, name));
  if (!value || *value < 0 || *value > 100000) return std::nullopt;
  return static_cast<int>(*value);
}

// A time in milliseconds, as seconds.
std::optional<double> Milliseconds(pugi::xml_node node, const char* name) {
  const auto value = ParseDouble(Attribute(node, name));
  if (!value || *value < 0 || *value / 1000 > kItemSecondsMax) return std::nullopt;
  return *value / 1000;
}

bool IsOne(pugi::xml_node node, const char* name) {
  return Attribute(node, name) == "1";
}

// Calls `visit` for each child element of this name, for at most kChildrenMax.
template <typename Visit>
void ForEach(pugi::xml_node parent, const char* name, Visit visit) {
  size_t count = 0;
  for (const pugi::xml_node child : parent.children(name)) {
    if (++count > kChildrenMax) return;
    visit(child);
  }
}

Status Load(pugi::xml_document& document, std::string_view xml) {
  const auto parsed = document.load_buffer(xml.data(), xml.size());
  if (!parsed) {
    return Fail(Code::kBadGateway,
                "Plex sent a response that is incomplete or not XML. Check PLEX_URL.");
  }
  if (!document.child("MediaContainer")) {
    return Fail(Code::kBadGateway, "Plex sent a response of an unknown kind. Check PLEX_URL.");
  }
  return {};
}

PlexPart ReadPart(pugi::xml_node node) {
  PlexPart part;
  part.id = Text(node, "id");
  part.file = Text(node, "file");
  part.duration_seconds = Milliseconds(node, "duration");
  part.selected = IsOne(node, "selected");
  ForEach(node, "Stream", [&part](pugi::xml_node child) {
    PlexStream stream;
    stream.id = Text(child, "id");
    // An external file (a subtitle) has its own address.
    if (!child.attribute("key")) stream.index = Int(child, "index");
    stream.audio = Attribute(child, "streamType") == "2";
    stream.selected = IsOne(child, "selected");
    part.streams.push_back(std::move(stream));
  });
  return part;
}

std::vector<PlexMedia> ReadMedia(pugi::xml_node item) {
  std::vector<PlexMedia> versions;
  ForEach(item, "Media", [&versions](pugi::xml_node child) {
    PlexMedia media;
    media.id = Text(child, "id");
    media.selected = IsOne(child, "selected");
    ForEach(child, "Part",
            [&media](pugi::xml_node part) { media.parts.push_back(ReadPart(part)); });
    versions.push_back(std::move(media));
  });
  return versions;
}

PlayState ReadState(std::string_view state) {
  if (state == "paused") return PlayState::kPaused;
  if (state == "buffering") return PlayState::kBuffering;
  return PlayState::kPlaying;
}

// An extra (a trailer, an interview) is a clip, as is a video of the owner's. Its subtype names the
// kind of extra; older servers send only extraType, a number.
std::string_view ClipType(pugi::xml_node node, bool streamed_extra) {
  const std::string_view subtype = Attribute(node, "subtype");
  if (streamed_extra || subtype == "trailer" || subtype == "preroll") return "trailer";
  return subtype.empty() && node.attribute("extraType") ? "trailer" : "video";
}

std::vector<std::string> ReadThumbs(pugi::xml_node node) {
  std::vector<std::string> thumbs;
  const auto add = [&thumbs](pugi::xml_node holder, const char* name) {
    std::string thumb = Text(holder, name);
    if (!thumb.empty()) thumbs.push_back(std::move(thumb));
  };
  for (const char* name : {"thumb", "parentThumb", "grandparentThumb"}) add(node, name);
  ForEach(node, "Media", [&add](pugi::xml_node media) { add(media, "channelThumb"); });
  return thumbs;
}

void ReadItem(pugi::xml_node node, PlexSession& row) {
  const std::string_view type = Attribute(node, "type");
  const auto section = ParseInt(Attribute(node, "librarySectionID"));
  row.live = IsOne(node, "live") || Attribute(node, "key").starts_with("/livetv/");
  // Plex's own pre-rolls and the trailers it streams are not in a local library.
  row.streamed_extra = type == "clip" && section && *section < 0;
  if (row.live) {
    row.media_type = "live_tv";
  } else if (type == "clip") {
    row.media_type = ClipType(node, row.streamed_extra);
  } else {
    row.media_type = type == "movie" || type == "episode" ? std::string(type) : "video";
  }
  const std::string_view show = Attribute(node, "grandparentTitle");
  row.title = CleanText(show.empty() ? Attribute(node, "title") : show);
  if (!show.empty()) {
    row.subtitle = EpisodeSubtitle(Int(node, "parentIndex"), Int(node, "index"), std::nullopt,
                                   Attribute(node, "title"));
  }
  if (row.title.empty()) row.title = "Untitled";
  row.year = KnownYear(Int(node, "year"));
  row.thumbs = ReadThumbs(node);
}

void ReadUserAndPlayer(pugi::xml_node node, PlexSession& row) {
  const pugi::xml_node user = node.child("User");
  const pugi::xml_node player = node.child("Player");
  row.user_id = Text(user, "id");
  row.user = CleanTextOrNothing(Attribute(user, "title"));
  row.player_id = Text(player, "machineIdentifier");
  row.player = CleanTextOrNothing(Attribute(player, "title"));
  if (!row.player) row.player = CleanTextOrNothing(Attribute(player, "product"));
  row.state = ReadState(Attribute(player, "state"));
}

PlexSession ReadSession(pugi::xml_node node) {
  PlexSession row;
  row.session_key = Text(node, "sessionKey");
  row.session_id = Text(node.child("Session"), "id");
  row.rating_key = Text(node, "ratingKey");
  row.updated_at = Text(node, "updatedAt");
  row.view_offset_seconds = Milliseconds(node, "viewOffset");
  row.duration_seconds = Milliseconds(node, "duration");
  row.media = ReadMedia(node);
  ReadItem(node, row);
  ReadUserAndPlayer(node, row);
  return row;
}

bool SameSession(const PlexSession& a, const PlexSession& b) {
  if (!a.session_key.empty() && a.session_key == b.session_key) return true;
  if (!a.session_id.empty() && a.session_id == b.session_id) return true;
  return !a.player_id.empty() && !a.rating_key.empty() && a.player_id == b.player_id &&
         a.user_id == b.user_id && a.rating_key == b.rating_key;
}

template <typename List>
const typename List::value_type* SelectedOrFirst(const List& list) {
  if (list.empty()) return nullptr;
  const auto selected =
      std::find_if(list.begin(), list.end(), [](const auto& each) { return each.selected; });
  return selected == list.end() ? &list.front() : &*selected;
}

// The version and the part that are playing according to the row; null if unknown.
struct Playing {
  const PlexMedia* media = nullptr;
  const PlexPart* part = nullptr;
};

Playing PlayingIn(const PlexSession& row) {
  Playing playing;
  playing.media = SelectedOrFirst(row.media);
  if (playing.media != nullptr) playing.part = SelectedOrFirst(playing.media->parts);
  return playing;
}

// How complete the row is, to choose between duplicates.
int Completeness(const PlexSession& row) {
  const Playing playing = PlayingIn(row);
  int points = 0;
  if (playing.part != nullptr) points += playing.part->file.empty() ? 1 : 2;
  if (!row.session_id.empty()) ++points;
  if (row.view_offset_seconds) ++points;
  return points;
}

bool HasSelectedPart(const PlexMedia& media) {
  return std::any_of(media.parts.begin(), media.parts.end(),
                     [](const PlexPart& part) { return part.selected; });
}

// The part of `media` that contains a position of the item; the last part for one past the end.
size_t PartAt(const PlexMedia& media, double position_seconds) {
  double end = 0;
  for (size_t i = 0; i + 1 < media.parts.size(); ++i) {
    if (!media.parts[i].duration_seconds) return i;
    end += *media.parts[i].duration_seconds;
    if (position_seconds < end) return i;
  }
  return media.parts.size() - 1;
}

// The version of the item that is playing; null if it cannot be determined.
const PlexMedia* FindVersion(const Playing& playing, const std::vector<PlexMedia>& versions) {
  const auto find = [&versions](auto matches) -> const PlexMedia* {
    const auto found = std::find_if(versions.begin(), versions.end(), matches);
    return found == versions.end() ? nullptr : &*found;
  };
  if (playing.part != nullptr && !playing.part->id.empty()) {
    const PlexMedia* holder = find([&playing](const PlexMedia& media) {
      return std::any_of(media.parts.begin(), media.parts.end(),
                         [&playing](const PlexPart& part) { return part.id == playing.part->id; });
    });
    if (holder != nullptr) return holder;
  }
  if (playing.media != nullptr && !playing.media->id.empty()) {
    const PlexMedia* same =
        find([&playing](const PlexMedia& media) { return media.id == playing.media->id; });
    if (same != nullptr) return same;
  }
  return versions.size() == 1 ? &versions.front() : nullptr;
}

size_t FindPart(const Playing& playing, const PlexMedia& version, const PlexSession& row) {
  // Without a selected part, the position determines which of several parts is playing.
  const bool known = playing.media != nullptr &&
                     (playing.media->parts.size() == 1 || HasSelectedPart(*playing.media));
  if (known && playing.part != nullptr) {
    for (size_t i = 0; i < version.parts.size(); ++i) {
      if (!version.parts[i].id.empty() && version.parts[i].id == playing.part->id) return i;
    }
  }
  return PartAt(version, row.view_offset_seconds.value_or(0));
}

std::optional<int> AudioIndex(const Playing& playing, const PlexPart& part) {
  if (playing.part == nullptr) return std::nullopt;
  for (const PlexStream& selected : playing.part->streams) {
    if (!selected.audio || !selected.selected) continue;
    for (const PlexStream& stream : part.streams) {
      if (stream.audio && !stream.id.empty() && stream.id == selected.id) return stream.index;
    }
  }
  return std::nullopt;
}

}  // namespace

Result<std::vector<PlexSession>> ParsePlexSessions(std::string_view xml) {
  pugi::xml_document document;
  TRY(Load(document, xml));
  std::vector<PlexSession> rows;
  // Music (Track) and photos (Photo) are skipped: they are not video.
  for (const pugi::xml_node node : document.child("MediaContainer").children("Video")) {
    if (rows.size() == kRowsMax) break;
    rows.push_back(ReadSession(node));
  }
  return rows;
}

Result<std::vector<PlexMedia>> ParsePlexMetadata(std::string_view xml) {
  pugi::xml_document document;
  TRY(Load(document, xml));
  return ReadMedia(document.child("MediaContainer").child("Video"));
}

Result<std::vector<std::pair<std::string, std::string>>> ParsePlexLibraries(std::string_view xml) {
  pugi::xml_document document;
  TRY(Load(document, xml));
  std::vector<std::pair<std::string, std::string>> folders;
  ForEach(document.child("MediaContainer"), "Directory", [&folders](pugi::xml_node library) {
    const std::string_view type = Attribute(library, "type");
    if (type != "movie" && type != "show") return;
    ForEach(library, "Location", [&](pugi::xml_node location) {
      folders.emplace_back(CleanText(Attribute(library, "title")), Text(location, "path"));
    });
  });
  return folders;
}

Result<std::string> ParsePlexVersion(std::string_view xml) {
  pugi::xml_document document;
  TRY(Load(document, xml));
  return CleanText(Attribute(document.child("MediaContainer"), "version"));
}

std::vector<PlexSession> WithoutDuplicates(std::vector<PlexSession> rows) {
  std::vector<PlexSession> kept;
  for (PlexSession& row : rows) {
    const auto same = std::find_if(kept.begin(), kept.end(), [&row](const PlexSession& other) {
      return SameSession(row, other);
    });
    if (same == kept.end()) {
      kept.push_back(std::move(row));
    } else if (Completeness(row) > Completeness(*same)) {
      *same = std::move(row);
    }
  }
  return kept;
}

bool NeedsMetadata(const PlexSession& row) {
  const Playing playing = PlayingIn(row);
  if (playing.part == nullptr || playing.part->file.empty()) return true;
  // The session lists only one part of several.
  return playing.media->parts.size() == 1 && row.duration_seconds &&
         playing.part->duration_seconds &&
         *playing.part->duration_seconds + kPartShorterSeconds < *row.duration_seconds;
}

Result<PlexFile> ChooseFile(const PlexSession& row, const std::vector<PlexMedia>& media) {
  const Playing playing = PlayingIn(row);
  const PlexMedia* version = FindVersion(playing, media);
  if (version == nullptr || version->parts.empty()) {
    return Fail(Code::kMediaError, media.empty() ? "Plex has no file for this."
                                                 : "Plex does not say which version is playing.");
  }
  const size_t chosen = FindPart(playing, *version, row);
  PlexFile file;
  for (size_t i = 0; i < chosen; ++i) {
    if (!version->parts[i].duration_seconds) {
      return Fail(Code::kMediaError, "Plex does not report how long the parts of this item are.");
    }
    file.part_start_seconds += *version->parts[i].duration_seconds;
  }
  const PlexPart& part = version->parts[chosen];
  if (part.file.empty()) return Fail(Code::kMediaError, "Plex has no file for this.");
  file.path = part.file;
  if (row.view_offset_seconds && *row.view_offset_seconds + 1 < file.part_start_seconds) {
    file.offset_shift_seconds = file.part_start_seconds;
  }
  file.audio_stream_index = AudioIndex(playing, part);
  return file;
}

}  // namespace matinee::media
