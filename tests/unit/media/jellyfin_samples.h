// Sample responses in the form of Jellyfin and Emby, made up for the tests.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace matinee::media {

using Json = nlohmann::json;

// A session of Jellyfin 10.10 that plays an episode from its file.
inline Json SampleSession(const std::string& path) {
  return Json::parse(R"({
    "PlayState": {"PositionTicks": 18325000000, "CanSeek": true, "IsPaused": false,
      "IsMuted": false, "VolumeLevel": 100, "AudioStreamIndex": 2, "SubtitleStreamIndex": -1,
      "MediaSourceId": "f0e1d2c3b4a5968778695a4b3c2d1e0f", "PlayMethod": "DirectPlay",
      "RepeatMode": "RepeatNone", "PlaybackOrder": "Default"},
    "AdditionalUsers": [], "Capabilities": {"PlayableMediaTypes": ["Video"]},
    "RemoteEndPoint": "192.168.1.30", "PlayableMediaTypes": ["Audio", "Video"],
    "Id": "6c1f0a9be2d34f5d8a7b6c5d4e3f2a1b", "UserId": "11112222333344445555666677778888",
    "UserName": "Anna", "Client": "Jellyfin Android TV",
    "LastActivityDate": "2026-02-18T12:00:00.0000000Z",
    "LastPlaybackCheckIn": "2026-02-18T11:59:55.1234567Z",
    "DeviceName": "Living room TV", "DeviceId": "tv", "ApplicationVersion": "0.18.0",
    "NowPlayingItem": {"Name": "Ozymandias", "ServerId": "s",
      "Id": "f0e1d2c3b4a5968778695a4b3c2d1e0f", "Container": "mkv",
      "RunTimeTicks": 28740000000, "ProductionYear": 2013, "IndexNumber": 14,
      "ParentIndexNumber": 5, "IsFolder": false, "Type": "Episode", "SeriesName": "Breaking Bad",
      "SeriesId": "aaaabbbbccccddddeeeeffff00001111", "VideoType": "VideoFile",
      "ImageTags": {"Primary": "77aa88bb"}, "LocationType": "FileSystem", "MediaType": "Video",
      "MediaStreams": [
        {"Codec": "h264", "Type": "Video", "Index": 0, "IsExternal": false},
        {"Codec": "aac", "Type": "Audio", "Index": 1, "IsExternal": false},
        {"Codec": "ac3", "Type": "Audio", "Index": 2, "IsExternal": false},
        {"Codec": "subrip", "Type": "Subtitle", "Index": 3, "IsExternal": true}]},
    "IsActive": true, "SupportsMediaControl": true, "SupportsRemoteControl": true,
    "NowPlayingQueue": [], "NowPlayingQueueFullItems": [], "HasCustomDeviceName": false,
    "ServerId": "s", "SupportedCommands": ["VolumeUp"]})")
      .patch({{{"op", "add"}, {"path", "/NowPlayingItem/Path"}, {"value", path}}});
}

// An idle device; Jellyfin lists it as active for days.
inline Json IdleDevice() {
  return Json::parse(R"({"Id": "9", "UserName": "Ben", "IsActive": true, "NowPlayingQueue": [],
    "PlayState": {"CanSeek": false, "IsPaused": false, "IsMuted": false},
    "LastActivityDate": "2026-02-16T08:00:00.0000000Z", "DeviceName": "Tablet"})");
}

inline Json MediaSource(const std::string& id, const std::string& path) {
  return {{"Protocol", "File"},
          {"Id", id},
          {"Path", path},
          {"Type", "Default"},
          {"Container", "mkv"},
          {"IsRemote", false},
          {"RunTimeTicks", 28740000000},
          {"IsInfiniteStream", false},
          {"VideoType", "VideoFile"},
          {"MediaStreams", Json::parse(R"([{"Type": "Video", "Index": 0, "IsExternal": false},
                           {"Type": "Audio", "Index": 1, "IsExternal": false},
                           {"Type": "Audio", "Index": 2, "IsExternal": false}])")}};
}

}  // namespace matinee::media
