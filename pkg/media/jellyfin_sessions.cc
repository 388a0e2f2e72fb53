#include "media/jellyfin_sessions.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>

#include "base/strings.h"
#include "base/time_format.h"
#include "json/document.h"
#include "media/media_server_client.h"
#include "media/session_text.h"

namespace matinee::media {
namespace {

using Json = json::Value;

constexpr double kTicksPerSecond = 1e7;
// The server advances positions once a second; half a second more for its own delays.
constexpr double kJellyfinExtrapolateSecondsMax = 1.5;
// Players report every ten seconds or less. The server drops them after five minutes.
constexpr std::chrono::seconds kTrustCheckInFor{30};

// All that is read below. What a server adds to it (a music queue of a thousand items, chapters,
// people) is megabytes, and is read past.
constexpr std::string_view kJellyfinNames[] = {"AudioStreamIndex",
                                               "Client",
                                               "CollectionType",
                                               "CurrentProgram",
                                               "DeviceName",
                                               "ExtraType",
                                               "Id",
                                               "ImageTags",
                                               "Index",
                                               "IndexNumber",
                                               "IndexNumberEnd",
                                               "IsExternal",
                                               "IsInfiniteStream",
                                               "IsPaused",
                                               "IsRemote",
                                               "LastActivityDate",
                                               "LastPlaybackCheckIn",
                                               "LiveStreamId",
                                               "LocationType",
                                               "Locations",
                                               "MediaSourceId",
                                               "MediaStreams",
                                               "MediaType",
                                               "Name",
                                               "NowPlayingItem",
                                               "ParentIndexNumber",
                                               "Path",
                                               "PlayState",
                                               "PositionTicks",
                                               "Primary",
                                               "ProductName",
                                               "ProductionYear",
                                               "Protocol",
                                               "RunTimeTicks",
                                               "SeriesId",
                                               "SeriesName",
                                               "SeriesPrimaryImageTag",
                                               "Thumb",
                                               "Type",
                                               "UserId",
                                               "UserName",
                                               "Version",
                                               "VideoType"};

// One row of a list: a session, a version of an item, a library.
constexpr json::Shape kJellyfinRow = {.names = kJellyfinNames};

auto UnexpectedResponse(MediaServerType source, std::string_view what) {
  const Product& product = ProductOf(source);
  return Fail(Code::kBadGateway, fmt::format("{} sent a response that {}. Check {}.", product.name,
                                             what, product.url_setting));
}
auto NotJson(MediaServerType source) {
  return UnexpectedResponse(source, "is incomplete or not JSON");
}
auto UnknownKind(MediaServerType source) {
  return UnexpectedResponse(source, "is of an unknown kind");
}

Json Member(const Json& object, const char* name) {
  return object[name];
}

std::string Text(const Json& object, const char* name) {
  return std::string(object[name].string().value_or(""));
}

bool Flag(const Json& object, const char* name) {
  return object[name].boolean().value_or(false);
}

std::optional<int> Int(const Json& object, const char* name) {
  const auto number = object[name].integer();
  if (!number || *number < 0 || *number > 100000) return std::nullopt;
  return static_cast<int>(*number);
}

std::optional<double> Ticks(const Json& object, const char* name) {
  const auto ticks = object[name].number();
  if (!ticks) return std::nullopt;
  const double seconds = *ticks / kTicksPerSecond;
  if (!std::isfinite(seconds) || seconds < 0 || seconds > kItemSecondsMax) return std::nullopt;
  return seconds;
}

std::optional<WallTime> Time(const Json& object, const char* name) {
  const auto time = ParseTime(Text(object, name));
  return time ? std::optional(*time) : std::nullopt;
}

// A network address that a path mapping cannot map to a file.
bool IsStream(std::string_view path) {
  return !path.starts_with('/') && path.find("://") != std::string_view::npos &&
         !path.starts_with("smb://") && !path.starts_with("nfs://");
}

bool EndsWithIgnoreCase(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && EqualsIgnoreCase(text.substr(text.size() - end.size()), end);
}

std::optional<std::vector<JellyfinStream>> ReadStreams(const Json& streams) {
  if (!streams.is_array()) return std::nullopt;
  std::vector<JellyfinStream> list;
  for (const Json& stream : streams) {
    if (list.size() == kChildrenMax) break;
    list.push_back({Int(stream, "Index").value_or(-1), Text(stream, "Type") == "Audio",
                    Flag(stream, "IsExternal")});
  }
  return list;
}

JellyfinFile ReadFile(const Json& json) {
  JellyfinFile file;
  file.id = Text(json, "Id");
  file.path = Text(json, "Path");
  file.remote = Flag(json, "IsRemote") || Text(json, "Protocol") == "Http" ||
                Text(json, "LocationType") == "Remote" || IsStream(file.path) ||
                EndsWithIgnoreCase(file.path, ".strm");
  file.infinite = Flag(json, "IsInfiniteStream");
  file.video_type = Text(json, "VideoType");
  file.duration_seconds = Ticks(json, "RunTimeTicks");
  file.streams = ReadStreams(Member(json, "MediaStreams"));
  return file;
}

// "/Items/{id}/Images/Primary?…", with the tag that changes when the image does.
std::string ItemImage(const std::string& item_id, std::string_view kind, const std::string& tag) {
  std::string path =
      fmt::format("/Items/{}/Images/{}?maxWidth=400&quality=80", PercentEncode(item_id), kind);
  if (!tag.empty()) path += "&tag=" + PercentEncode(tag);
  return path;
}

std::optional<std::string> Thumbnail(const Json& item) {
  const std::string id = Text(item, "Id");
  const Json& tags = Member(item, "ImageTags");
  const std::string own = Text(tags, "Primary");
  // An item without a list of images may still have one.
  if (!id.empty() && (!own.empty() || !tags.is_object())) return ItemImage(id, "Primary", own);
  // An episode without an image shows the image of its series.
  const std::string series = Text(item, "SeriesId");
  const std::string series_tag = Text(item, "SeriesPrimaryImageTag");
  if (!series.empty() && !series_tag.empty()) return ItemImage(series, "Primary", series_tag);
  const std::string thumb = Text(tags, "Thumb");
  if (!id.empty() && !thumb.empty()) return ItemImage(id, "Thumb", thumb);
  return std::nullopt;
}

// Music, books and photos are not video; theme songs and theme videos play in menus.
bool IsLeftOut(const Json& item) {
  constexpr std::array<std::string_view, 5> kTypes = {"Audio", "AudioBook", "Book", "Photo",
                                                      "MusicAlbum"};
  constexpr std::array<std::string_view, 2> kExtras = {"ThemeSong", "ThemeVideo"};
  const std::string type = Text(item, "Type");
  const std::string extra = Text(item, "ExtraType");
  const std::string media_type = Text(item, "MediaType");
  return std::find(kTypes.begin(), kTypes.end(), type) != kTypes.end() ||
         std::find(kExtras.begin(), kExtras.end(), extra) != kExtras.end() ||
         media_type == "Audio" || media_type == "Photo" || media_type == "Book";
}

void ReadItem(const Json& item, JellyfinSession& row) {
  const std::string type = Text(item, "Type");
  row.item_id = Text(item, "Id");
  row.live = type == "TvChannel" || type == "LiveTvChannel" || type == "Program" ||
             type == "LiveTvProgram";
  if (row.live) {
    row.media_type = "live_tv";
  } else if (type == "Trailer" || Text(item, "ExtraType") == "Trailer") {
    row.media_type = "trailer";
  } else {
    row.media_type = type == "Movie" || type == "Episode" ? ToLower(type) : "video";
  }
  const std::string series = Text(item, "SeriesName");
  row.title = CleanText(series.empty() ? Text(item, "Name") : series);
  if (!series.empty()) {
    row.subtitle = EpisodeSubtitle(Int(item, "ParentIndexNumber"), Int(item, "IndexNumber"),
                                   Int(item, "IndexNumberEnd"), Text(item, "Name"));
  } else if (row.live) {
    row.subtitle = CleanTextOrNothing(Text(Member(item, "CurrentProgram"), "Name"));
  }
  if (row.title.empty()) row.title = "Untitled";
  row.year = Int(item, "ProductionYear");
  row.thumbnail_path = Thumbnail(item);
  row.file = ReadFile(item);
  row.file.id = row.item_id;
}

JellyfinSession ReadSession(const Json& session) {
  JellyfinSession row;
  row.session_id = Text(session, "Id");
  row.user_id = Text(session, "UserId");
  row.user = CleanTextOrNothing(Text(session, "UserName"));
  row.player = CleanTextOrNothing(Text(session, "DeviceName"));
  if (!row.player) row.player = CleanTextOrNothing(Text(session, "Client"));
  row.last_activity = Time(session, "LastActivityDate");
  row.last_check_in = Time(session, "LastPlaybackCheckIn");
  const Json& play_state = Member(session, "PlayState");
  row.paused = Flag(play_state, "IsPaused");
  row.position_seconds = Ticks(play_state, "PositionTicks");
  row.audio_stream_index = Int(play_state, "AudioStreamIndex");
  row.media_source_id = Text(play_state, "MediaSourceId");
  ReadItem(Member(session, "NowPlayingItem"), row);
  row.live = row.live || !Text(play_state, "LiveStreamId").empty();
  return row;
}

// Emby since 4.9 puts "mediasource_" before the id of an item's only version.
bool NamesTheItem(const JellyfinSession& row) {
  return row.media_source_id.empty() || row.media_source_id == row.item_id ||
         row.media_source_id == "mediasource_" + row.item_id;
}

}  // namespace

Result<std::vector<JellyfinSession>> ParseJellyfinSessions(MediaServerType source,
                                                           std::string_view json) {
  std::vector<JellyfinSession> rows;
  bool known = true;
  const auto list = json::ForEach(json, {}, kJellyfinRow, [&](const Json& session) {
    known = session.is_object();
    // The list is of devices; most of them are idle.
    const Json item = Member(session, "NowPlayingItem");
    if (item.is_object() && !IsLeftOut(item)) rows.push_back(ReadSession(session));
    return known && rows.size() < kRowsMax;
  });
  if (!list) return NotJson(source);
  if (!list->found || !known) return UnknownKind(source);
  return rows;
}

Result<std::vector<JellyfinFile>> ParsePlaybackInfo(MediaServerType source, std::string_view json) {
  std::vector<JellyfinFile> files;
  const auto list = json::ForEach(json, {.root = false, .member = "MediaSources"}, kJellyfinRow,
                                  [&files](const Json& each) {
                                    files.push_back(ReadFile(each));
                                    return files.size() < kChildrenMax;
                                  });
  if (!list) return NotJson(source);
  if (!list->found) return UnknownKind(source);
  return files;
}

Result<std::vector<std::pair<std::string, std::string>>> ParseVirtualFolders(
    MediaServerType source, std::string_view json) {
  std::vector<std::pair<std::string, std::string>> folders;
  // Newer Emby servers wrap the list.
  const json::ListAt at = {.root = true, .member = "Items"};
  const auto list = json::ForEach(json, at, kJellyfinRow, [&folders](const Json& library) {
    const std::string type = Text(library, "CollectionType");
    if (type == "music" || type == "books" || type == "photos" || type == "boxsets") return true;
    const Json locations = Member(library, "Locations");
    if (!locations.is_array()) return true;
    for (const Json& location : locations) {
      const auto folder = location.string();
      if (!folder || folders.size() == kChildrenMax) continue;
      folders.emplace_back(CleanText(Text(library, "Name")), *folder);
    }
    return folders.size() < kChildrenMax;
  });
  if (!list) return NotJson(source);
  if (!list->found) return UnknownKind(source);
  return folders;
}

Result<JellyfinInfo> ParseSystemInfo(MediaServerType source, std::string_view json) {
  const auto document = json::Parse(json, kJellyfinRow);
  if (!document) return NotJson(source);
  const Json info = document->root();
  if (!info.is_object()) return UnknownKind(source);
  return JellyfinInfo{CleanText(Text(info, "Version")), !Text(info, "ProductName").empty()};
}

bool NeedsPlaybackInfo(const JellyfinSession& row) {
  return row.file.path.empty() || !NamesTheItem(row);
}

const JellyfinFile* ChooseFile(const JellyfinSession& row, const std::vector<JellyfinFile>& files) {
  const auto found = std::find_if(files.begin(), files.end(), [&row](const JellyfinFile& file) {
    return file.id == row.media_source_id;
  });
  if (found != files.end()) return &*found;
  return files.size() == 1 ? &files.front() : nullptr;
}

std::optional<std::string> WhyNotCapturable(const JellyfinFile& file) {
  if (file.infinite) return "It is a live stream; there is no file to capture from.";
  if (file.remote) {
    return "It is played from the network (an address or a .strm file); there is no media file to "
           "capture from.";
  }
  if (file.video_type == "Dvd" || file.video_type == "BluRay") {
    return "It is a disc folder, which cannot be captured from. A file made from it (MKV, MP4) "
           "can.";
  }
  if (file.video_type == "Iso" || EndsWithIgnoreCase(file.path, ".iso")) {
    return "It is a disc image, which cannot be captured from. A file made from it (MKV, MP4) can.";
  }
  if (file.path.empty()) return "The media server does not say which file is playing.";
  return std::nullopt;
}

std::optional<int> AudioStreamIndex(const JellyfinSession& row, const JellyfinFile& file) {
  if (!row.audio_stream_index || !file.streams) return row.audio_stream_index;
  const int wanted = *row.audio_stream_index;
  int external_before = 0;
  bool in_file = false;
  for (const JellyfinStream& stream : *file.streams) {
    if (stream.external && stream.index < wanted) ++external_before;
    if (stream.index == wanted) in_file = stream.audio && !stream.external;
  }
  if (!in_file) return std::nullopt;
  return wanted - external_before;
}

JellyfinPosition PositionOf(const JellyfinSession& row, WallTime server_now) {
  const double ticks = row.position_seconds.value_or(0);
  if (row.paused) return {ticks, PlayState::kPaused};
  if (!row.last_activity) return {ticks, PlayState::kPlaying};
  const auto seconds = [](Micros span) { return std::chrono::duration<double>(span).count(); };
  if (row.last_check_in && *row.last_check_in + kTrustCheckInFor < server_now) {
    // Subtract what the server itself has added since then.
    const Micros unreported = *row.last_activity - (*row.last_check_in + kTrustCheckInFor);
    return {std::max(0.0, ticks - std::max(0.0, seconds(unreported))), PlayState::kBuffering};
  }
  const double age = seconds(server_now - *row.last_activity);
  return {ticks + std::clamp(age, 0.0, kJellyfinExtrapolateSecondsMax), PlayState::kPlaying};
}

}  // namespace matinee::media
