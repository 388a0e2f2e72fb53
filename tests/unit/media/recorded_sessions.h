// Answers of real media servers, for tests: facts from public recordings, shortened to the fields
// that Matinee reads and a few beside them, and typed again. Each names its source and what was
// left out. Values that the source had hidden or replaced are kept as the source has them.
#pragma once

namespace matinee::media {

// Emby Server 4.9.5.0, GET /emby/Sessions while a film plays: github.com/moooyo/goby,
// tests/compatibility/fixtures/reference/emby-4.9.5.0/websocket-m3c-session-after-ws-progress.json
// (2026-09-09). Left out: the codecs, chapters and addresses.
constexpr const char* kEmbyPlaying = R"json([{
  "PlayState": {"PositionTicks": 29977599, "CanSeek": true, "IsPaused": false, "IsMuted": false,
    "VolumeLevel": 100, "AudioStreamIndex": 1, "SubtitleStreamIndex": -1,
    "MediaSourceId": "mediasource_28", "PlayMethod": "DirectStream", "RepeatMode": "RepeatNone",
    "SleepTimerMode": "None", "SubtitleOffset": 0, "Shuffle": false, "PlaybackRate": 1},
  "AdditionalUsers": [], "Protocol": "HTTP/1.1", "PlayableMediaTypes": [], "PlaylistIndex": 0,
  "PlaylistLength": 0, "Id": "3051be5bda6e822e1f0a9c80cb6a5100",
  "ServerId": "ec69ef1cf84140e88489c30326529308", "UserId": "5760844f98b54d16b1c13073e5c9d73f",
  "UserName": "reference-websocket-m3c", "Client": "Goby WebSocket Recorder",
  "LastActivityDate": "2026-09-09T01:36:26.5836832Z", "DeviceName": "Linux WebSocket Test",
  "NowPlayingItem": {"Name": "Reference Playback M3", "Id": "28", "Container": "mp4",
    "Path": "/opt/goby-fixtures/playback-reference/Reference Playback M3.mp4",
    "RunTimeTicks": 6000000000, "Size": 56379, "FileName": "Reference Playback M3.mp4",
    "ProviderIds": {}, "IsFolder": false, "ParentId": "27", "Type": "Movie", "Studios": [],
    "MediaStreams": [
      {"Codec": "h264", "IsDefault": true, "Type": "Video", "Index": 0, "IsExternal": false,
       "Protocol": "File", "AttachmentSize": 0},
      {"Codec": "aac", "IsDefault": true, "Type": "Audio", "Index": 1, "IsExternal": false,
       "Protocol": "File", "AttachmentSize": 0},
      {"Codec": "srt", "IsDefault": false, "Type": "Subtitle", "Index": 2, "IsExternal": true,
       "Path": "/opt/goby-fixtures/playback-reference/Reference Playback M3.srt",
       "Protocol": "File", "AttachmentSize": 0}],
    "ImageTags": {}, "BackdropImageTags": [], "MediaType": "Video", "Width": 160, "Height": 90},
  "InternalDeviceId": 4, "DeviceId": "goby-websocket-m3c-recorder", "ApplicationVersion": "0.1.0",
  "SupportedCommands": [], "SupportsRemoteControl": false}])json";

// The same server and film, paused: …/websocket-m3c-control-session-after-http.json. Left out:
// also what is the same as above and is not read.
constexpr const char* kEmbyPaused = R"json([{
  "PlayState": {"PositionTicks": 1200000000, "CanSeek": true, "IsPaused": true, "IsMuted": false,
    "VolumeLevel": 100, "AudioStreamIndex": 1, "SubtitleStreamIndex": -1,
    "MediaSourceId": "mediasource_28", "PlayMethod": "DirectStream", "PlaybackRate": 1},
  "Id": "3051be5bda6e822e1f0a9c80cb6a5100", "UserId": "5760844f98b54d16b1c13073e5c9d73f",
  "UserName": "reference-websocket-m3c", "Client": "Goby WebSocket Recorder",
  "LastActivityDate": "2026-09-09T01:37:20.8631290Z", "DeviceName": "Linux WebSocket Test",
  "NowPlayingItem": {"Name": "Reference Playback M3", "Id": "28", "Container": "mp4",
    "Path": "/opt/goby-fixtures/playback-reference/Reference Playback M3.mp4",
    "RunTimeTicks": 6000000000, "IsFolder": false, "Type": "Movie",
    "MediaStreams": [
      {"Codec": "h264", "Type": "Video", "Index": 0, "IsExternal": false},
      {"Codec": "aac", "Type": "Audio", "Index": 1, "IsExternal": false},
      {"Codec": "srt", "Type": "Subtitle", "Index": 2, "IsExternal": true}],
    "ImageTags": {}, "MediaType": "Video"},
  "DeviceId": "goby-websocket-m3c-recorder", "SupportsRemoteControl": false}])json";

// The same server, GET /emby/Items/18/PlaybackInfo: …/playback-info-get.json. Left out: the codecs.
constexpr const char* kEmbyPlaybackInfo = R"json({"MediaSources": [{
  "Chapters": [], "Protocol": "File", "Id": "mediasource_18",
  "Path": "/opt/goby-fixtures/movies/Goby Sample (2026).mp4", "Type": "Default",
  "Container": "mp4", "Size": 90299, "Name": "Goby Sample (2026)", "IsRemote": false,
  "HasMixedProtocols": false, "RunTimeTicks": 20000000, "SupportsTranscoding": true,
  "SupportsDirectStream": true, "SupportsDirectPlay": true, "IsInfiniteStream": false,
  "RequiresOpening": false, "RequiresClosing": false, "RequiresLooping": false,
  "MediaStreams": [
    {"Codec": "h264", "Type": "Video", "Index": 0, "IsExternal": false, "Protocol": "File"},
    {"Codec": "aac", "Type": "Audio", "Index": 1, "IsExternal": false, "Protocol": "File"}],
  "Formats": [], "RequiredHttpHeaders": {}, "DefaultAudioStreamIndex": 1, "ItemId": "18"}],
  "PlaySessionId": "34276b9065b54b839c436a33af679593"})json";

// Jellyfin 10.9.11, GET /Sessions: github.com/Yoooi0/MultiFunPlayer, issue 189 (2024-09-27).
// Left out: capabilities and addresses, and the end of the item with its path and type.
constexpr const char* kJellyfinAndroid = R"json([{
  "PlayState": {"PositionTicks": 20000000, "CanSeek": true, "IsPaused": false, "IsMuted": false,
    "VolumeLevel": 20, "AudioStreamIndex": 1,
    "MediaSourceId": "13d952a74d3a55e52171bdf3dc8da5c2", "PlayMethod": "DirectPlay",
    "RepeatMode": "RepeatNone", "PlaybackOrder": "Default"},
  "AdditionalUsers": [], "PlayableMediaTypes": [], "Id": "8550ad0b28139796d78ca60c20196467",
  "UserId": "e9f1a08cb2fb472da76f5dcaebef09ff", "UserName": "test", "Client": "Jellyfin Android",
  "LastActivityDate": "2024-09-27T00:40:29.8948561Z",
  "LastPlaybackCheckIn": "2024-09-27T00:40:27.8935249Z", "DeviceName": "A202ZT",
  "NowPlayingItem": {"Name": "sa", "ServerId": "58b17900344641259945392e5d1ef13c",
    "Id": "13d952a74d3a55e52171bdf3dc8da5c2", "DateCreated": "2024-09-26T23:50:13.6982364Z",
    "Container": "mov,mp4,m4a,3gp,3g2,mj2", "PremiereDate": "1970-01-01T00:00:00.0000000Z",
    "ExternalUrls": []}}])json";

// Jellyfin 10.6.0, GET /Sessions, a browser that plays nothing: github.com/jellyfin/jellyfin, issue
// 3428 (2020-06-24). Left out: capabilities, commands and addresses.
constexpr const char* kJellyfinIdle = R"json([{
  "PlayableMediaTypes": ["Audio", "Video"], "Id": "f9ed282920f757b49fc45c964667da64",
  "UserId": "59ea9b0cfd474351842951d7ea853902", "UserName": "ferferga", "Client": "Jellyfin Web",
  "LastActivityDate": "2020-06-24T07:43:12.7270783Z",
  "LastPlaybackCheckIn": "0001-01-01T00:00:00.0000000Z", "DeviceName": "Firefox",
  "ApplicationVersion": "10.6.0"}])json";

// Plex, GET /status/sessions, a home video that is transcoded:
// plexopedia.com/plex-media-server/api/server/sessions (2022). Left out: codecs, streams, player.
constexpr const char* kPlexTranscodedVideo = R"xml(<MediaContainer size="1">
<Video addedAt="1667839612" art="/library/metadata/286254/art/1667839616" duration="734166"
 key="/library/metadata/286254" librarySectionID="14" librarySectionTitle="Other videos"
 originallyAvailableAt="2022-11-07" ratingKey="286254" sessionKey="2" skipCount="4" subtype="clip"
 thumb="/library/metadata/286254/thumb/1667839616" title="tos-1720x720-cfg01" type="movie"
 updatedAt="1667839616" viewOffset="0" year="2022">
 <Media id="350106" container="mp4" duration="734166" height="720" protocol="dash" width="1720"
  selected="1"><Part id="350466" container="mp4" duration="734166" height="720"/></Media>
</Video></MediaContainer>)xml";

// Plex of 2014, GET /status/sessions: github.com/fuzeman/plex.py,
// tests/fixtures/status/sessions.xml. Left out: people and tags. The name of the user is another.
constexpr const char* kPlexOldPlayers = R"xml(<MediaContainer size="3">
<Video grandparentTitle="30 Rock" guid="com.plexapp.agents.thetvdb://79488/1/3?lang=en" index="3"
 parentIndex="1" sessionKey="3" title="Blind Date" type="episode" viewOffset="291" year="2006">
 <User title="guest"/>
 <Player platform="Plex Home Theater" product="Plex Home Theater" state="playing" title="One"/>
 <TranscodeSession throttled="0" progress="3.2000000476837158" speed="12.199999809265137"/>
</Video>
<Video guid="com.plexapp.agents.none://9c517f9a04a29b8539912288dfabecf6?lang=xn" sessionKey="5"
 title="The Hobbit The Desolation of Smaug" type="movie" viewOffset="249" year="2014">
 <User title="guest"/>
 <Player platform="Plex Home Theater" product="Plex Home Theater" state="playing" title="One"/>
</Video>
<Track grandparentTitle="Télépopmusik" index="1" parentIndex="1" parentTitle="Angel Milk"
 sessionKey="4" title="Don&apos;t look back" type="track"><User title="guest"/></Track>
</MediaContainer>)xml";

// Plex, GET /status/sessions, a film of which only the sound is transcoded, and its item from
// GET /library/metadata/1: github.com/home-assistant/core, tests/components/plex/fixtures/
// session_base.xml and media_1.xml (2020). Left out: people, ratings, codecs, addresses, and the
// file in the session, which the source added.
constexpr const char* kPlexTranscodedSound = R"xml(<MediaContainer size="1">
<Video addedAt="1377829261" duration="9000000" key="/library/metadata/1" librarySectionID="1"
 librarySectionTitle="Movies" ratingKey="1" sessionKey="1"
 thumb="/library/metadata/1/thumb/1590245989" title="Movie 1" type="movie" updatedAt="1590245989"
 viewCount="1" viewOffset="0" year="2000">
 <Player machineIdentifier="1234567890123456-com-plexapp-android" platform="Android"
  product="Plex for Android (TV)" state="playing" title="SHIELD Android TV" userID="1"/>
 <User id="1" thumb="https://plex.tv/users/1234567890abcdef/avatar?c=11111" title="User 1"/>
 <Session bandwidth="7000" id="session_id_1" location="lan"/>
 <Media container="mp4" duration="9000000" height="544" id="2637" protocol="dash" selected="1">
  <Part container="mp4" decision="transcode" duration="9000000" height="544" id="4631"
   protocol="dash" selected="1">
   <Stream codec="h264" decision="copy" default="1" id="21428" streamType="1"/>
   <Stream codec="aac" decision="transcode" default="1" id="21429" selected="1" streamType="2"/>
  </Part>
 </Media>
</Video></MediaContainer>)xml";
constexpr const char* kPlexTranscodedSoundItem = R"xml(<MediaContainer size="1">
<Video duration="9000000" key="/library/metadata/1" ratingKey="1" title="Movie 1" type="movie"
 updatedAt="1590245989" viewOffset="555" year="2000">
 <Media container="mkv" duration="9000000" height="544" id="2637">
  <Part container="mkv" duration="9000000" file="/storage/videos/video.mkv" id="4631"
   key="/library/parts/4631/1215643935/file.mkv" size="8500000000">
   <Stream codec="h264" default="1" id="21428" index="0" streamType="1"/>
   <Stream codec="dca" default="1" id="21429" index="1" selected="1" streamType="2"/>
   <Stream codec="srt" default="1" id="21430" index="2" streamType="3"/>
  </Part>
 </Media>
</Video></MediaContainer>)xml";

// Plex, GET /status/sessions, a pre-roll: the same repository, session_transient.xml (2021). Left
// out: codecs, streams and addresses.
constexpr const char* kPlexPreRoll = R"xml(<MediaContainer size="1">
<Video addedAt="1619533889" duration="6000" genuineMediaAnalysis="1"
 guid="analyzed.prerolls://c1226b1fd517d6d7177ac8bebf24e0165e5feeb6" index="1"
 key="/library/metadata/203214" librarySectionID="-2" ratingKey="203214" sessionKey="95" summary=""
 thumb="/library/metadata/203214/thumb/1619533890" title="fancy_preroll" type="clip"
 updatedAt="1619533890" viewOffset="0">
 <Media id="382629" origin="local" container="mp4" duration="6016" protocol="dash" selected="1">
  <Part id="383067" container="mp4" duration="6016" protocol="dash" decision="transcode"
   selected="1"/></Media>
 <Session bandwidth="1981" id="session_id_1" location="lan"/>
 <User id="1" title="User 1"/>
 <Player machineIdentifier="1234567890123456-com-plexapp-android" state="playing"
  title="SHIELD Android TV" userID="1"/>
</Video></MediaContainer>)xml";

// Plex, GET /livetv/sessions, which has no session's id: the same repository, livetv_sessions.xml
// (2021). Left out: streams and the transcoder.
constexpr const char* kPlexLiveProgramme = R"xml(<MediaContainer size="1">
<Video ratingKey="203216" guid="plex://episode/6083464579af59002d1e35bc" type="episode"
 title="The Price Is Right" summary="" index="105" year="2021" addedAt="1619538677"
 grandparentThumb="https://metadata-static.plex.tv/5/gracenote/55af94d4c6e3139f2cd925cd6436d514.jpg"
 grandparentTitle="The Price Is Right" key="/livetv/sessions/live_tv_1" live="1" parentIndex="49">
 <Media id="382631" container="mpegts" origin="livetv" protocol="hls" uuid="live_tv_1">
  <Part id="383069" container="mpegts" protocol="hls"/></Media>
</Video></MediaContainer>)xml";

// Plex, GET /status/sessions, live TV without a programme guide:
// github.com/Tautulli/Tautulli-Issues, issue 45 (2018). Left out: codecs and addresses. The source
// hid ids and names.
constexpr const char* kPlexLiveSession = R"xml(<MediaContainer size="1">
<Video genuineMediaAnalysis="1" index="1" key="/livetv/sessions/XXX" live="1" ratingCount="0"
 sessionKey="449" summary="" title="Live Session " type="clip">
 <Media container="mpegts" height="720" origin="livetv" protocol="hls" uuid="XXX" width="1280">
  <Part container="mpegts" protocol="hls" size="0"></Part></Media>
 <User id="1" thumb="https://plex.tv/users/XXX/avatar?c=XXX" title="XXX"/>
 <Player device="OSX" machineIdentifier="XXX" platform="Chrome" product="Plex Web" state="playing"
  title="Chrome" userID="1"/>
 <Session id="XXX"/>
</Video></MediaContainer>)xml";

}  // namespace matinee::media
