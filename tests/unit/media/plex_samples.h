// Sample responses in the form of a Plex Media Server, made up for the tests.
#pragma once

#include <fmt/format.h>

#include <string>

namespace matinee::media {

inline std::string PlexContainer(const std::string& inner) {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<MediaContainer size=\"1\">\n" + inner +
         "</MediaContainer>\n";
}

// A direct play of an episode: the session contains the file.
inline std::string PlexDirectPlay(const std::string& file, const std::string& offset = "1832500",
                                  const std::string& state = "playing") {
  return fmt::format(
      R"(<Video addedAt="1771299000" art="/library/metadata/12100/art/1771299229" duration="2874000"
 grandparentTitle="Breaking Bad" grandparentThumb="/library/metadata/12100/thumb/1" index="14"
 key="/library/metadata/12158" librarySectionID="2" parentIndex="5" parentTitle="Season 5"
 ratingKey="12158" sessionKey="42" thumb="/library/metadata/12158/thumb/1771299229"
 title="Ozymandias" type="episode" updatedAt="1771299229" viewOffset="{}" year="2013">
 <Media audioCodec="aac" bitrate="8000" container="mkv" duration="2874000" height="1080" id="20321"
  selected="1" videoCodec="h264">
  <Part container="mkv" decision="directplay" duration="2874000" file="{}" id="30412"
   key="/library/parts/30412/1771299000/file.mkv" selected="1" size="3000000000">
   <Stream codec="h264" id="70001" index="0" selected="1" streamType="1"/>
   <Stream codec="aac" id="70002" index="1" language="English" streamType="2"/>
   <Stream codec="ac3" id="70003" index="2" language="Deutsch" selected="1" streamType="2"/>
   <Stream codec="srt" id="70004" index="3" streamType="3"/>
  </Part>
 </Media>
 <User id="1" thumb="https://plex.tv/users/0a1b/avatar?c=1" title="Anna"/>
 <Player address="192.168.1.20" machineIdentifier="tv-1" platform="webOS" product="Plex for LG"
  state="{}" title="Living room TV"/>
 <Session id="abc123" bandwidth="9000" location="lan"/>
</Video>
)",
      offset, file, state);
}

// A transcode of a movie: no file, and attributes of the transcoder's output.
inline std::string PlexTranscode(const std::string& offset = "600000") {
  return fmt::format(
      R"(<Video duration="7200000" key="/library/metadata/500" librarySectionID="1" ratingKey="500"
 sessionKey="7" thumb="/library/metadata/500/thumb/1700000000" title="Alien" type="movie"
 updatedAt="1700000000" viewOffset="{}" year="1979">
 <Media audioCodec="aac" container="mp4" height="720" id="902" protocol="hls" selected="1"
  videoCodec="h264" width="1280">
  <Part container="mp4" decision="transcode" height="720" id="1902" selected="1" width="1280">
   <Stream codec="h264" decision="transcode" id="81" streamType="1"/>
   <Stream codec="aac" decision="transcode" id="83" selected="1" streamType="2"/>
  </Part>
 </Media>
 <User id="2" title="Ben"/>
 <Player machineIdentifier="phone-1" product="Plex for Android" state="playing" title="Pixel"/>
 <Session id="def456" bandwidth="4000" location="wan"/>
 <TranscodeSession audioDecision="transcode" key="/transcode/sessions/x1" videoDecision="transcode"/>
</Video>
)",
      offset);
}

// The metadata of the same movie: two versions.
inline std::string PlexFilmItem(const std::string& file) {
  return PlexContainer(fmt::format(
      R"(<Video duration="7200000" key="/library/metadata/500" ratingKey="500" title="Alien"
 type="movie" updatedAt="1700000000">
 <Media container="mp4" height="480" id="901">
  <Part container="mp4" duration="7200000" file="/data/films/Alien/small.mp4" id="1901" size="1"/>
 </Media>
 <Media container="mkv" height="2160" id="902">
  <Part container="mkv" duration="7200000" file="{}" id="1902" size="2">
   <Stream codec="hevc" id="81" index="0" streamType="1"/>
   <Stream codec="truehd" id="82" index="1" selected="1" streamType="2"/>
   <Stream codec="ac3" id="83" index="2" streamType="2"/>
   <Stream codec="srt" id="84" index="0" key="/library/streams/84" streamType="3"/>
  </Part>
 </Media>
</Video>
)",
      file));
}

}  // namespace matinee::media
