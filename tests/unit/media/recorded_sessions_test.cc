// What becomes of the answers of real media servers: every field of each session.
#include "tests/unit/media/recorded_sessions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "base/time_format.h"
#include "media/jellyfin_server.h"
#include "media/jellyfin_sessions.h"
#include "media/plex_server.h"
#include "media/plex_sessions.h"
#include "tests/unit/manual_clock.h"
#include "tests/unit/media/fake_client.h"
#include "tests/unit/temporary_folder.h"

namespace matinee::media {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

constexpr const char* kPlexThumbnail = "/photo/:/transcode?width=400&height=225&minSize=1&url=";

// The first poll of a playing Plex player sees a report that is up to 10.1 s old: it counts as half
// that old.
constexpr double kFirstReportAge = 5.05;

void ExpectSame(const PlaybackSession& actual, const PlaybackSession& expected) {
  EXPECT_EQ(actual.session_id, expected.session_id);
  EXPECT_EQ(actual.source, expected.source);
  EXPECT_EQ(actual.server, expected.server);
  EXPECT_EQ(actual.title, expected.title);
  EXPECT_EQ(actual.subtitle, expected.subtitle);
  EXPECT_EQ(actual.media_type, expected.media_type);
  EXPECT_EQ(actual.year, expected.year);
  EXPECT_EQ(actual.user, expected.user);
  EXPECT_EQ(actual.player, expected.player);
  EXPECT_EQ(actual.thumbnail_path, expected.thumbnail_path);
  EXPECT_EQ(actual.state, expected.state);
  EXPECT_NEAR(actual.position_seconds, expected.position_seconds, 1e-6);
  EXPECT_EQ(actual.position_at, expected.position_at);
  EXPECT_EQ(actual.duration_seconds, expected.duration_seconds);
  EXPECT_EQ(actual.media_path, expected.media_path);
  EXPECT_EQ(actual.part_start_seconds, expected.part_start_seconds);
  EXPECT_EQ(actual.audio_stream_index, expected.audio_stream_index);
  EXPECT_EQ(actual.capturable, expected.capturable);
  EXPECT_EQ(actual.not_capturable_reason, expected.not_capturable_reason);
}

class RecordedSessionsTest : public testing::Test {
 protected:
  MediaServerSettings Settings(MediaServerType source, const std::string& server_folder) {
    MediaServerSettings settings;
    settings.name = "den";
    settings.source = source;
    settings.url = "http://den.test";
    settings.token = Secret("t0ken");
    settings.path_mappings = {{server_folder, folder_.path()}};
    return settings;
  }

  // The sessions that the server makes of `answer` at the time `now`.
  std::vector<PlaybackSession> OfJellyfin(MediaServerType source, const char* answer,
                                          const char* now) {
    clock_.Advance(*ParseTime(now) - clock_.Now());
    client_.On("/Sessions", std::string(answer));
    JellyfinServer server(Settings(source, "/opt/goby-fixtures"), client_, clock_, 0);
    auto sessions = server.Sessions();
    EXPECT_TRUE(sessions) << sessions.error().message;
    EXPECT_EQ(server.sessions_without_id(), 0U);
    return sessions.value_or(std::vector<PlaybackSession>{});
  }

  std::vector<PlaybackSession> OfPlex(const char* answer, size_t without_id = 0) {
    client_.On("/status/sessions", std::string(answer));
    PlexServer server(Settings(MediaServerType::kPlex, "/storage"), client_, clock_, 0);
    auto sessions = server.Sessions();
    EXPECT_TRUE(sessions) << sessions.error().message;
    EXPECT_EQ(server.sessions_without_id(), without_id);
    return sessions.value_or(std::vector<PlaybackSession>{});
  }

  TemporaryFolder folder_;
  FakeClient client_;
  ManualClock clock_{*ParseTime("2018-01-01T00:00:00Z")};
};

TEST_F(RecordedSessionsTest, EmbyPlaying) {
  PlaybackSession expected;
  expected.media_path = folder_.Write("playback-reference/Reference Playback M3.mp4", "film");
  const auto sessions =
      OfJellyfin(MediaServerType::kEmby, kEmbyPlaying, "2026-09-09T01:36:26.5836832Z");
  ASSERT_THAT(sessions, SizeIs(1));
  expected.session_id = "emby-3051be5bda6e822e1f0a9c80cb6a5100";
  expected.source = MediaServerType::kEmby;
  expected.server = "den";
  expected.title = "Reference Playback M3";
  expected.media_type = "movie";
  expected.user = "reference-websocket-m3c";
  expected.player = "Linux WebSocket Test";
  expected.position_seconds = 2.9977599;
  expected.position_at = clock_.Now();
  expected.duration_seconds = 600;
  expected.audio_stream_index = 1;
  expected.capturable = true;
  ExpectSame(sessions[0], expected);
}

TEST_F(RecordedSessionsTest, EmbyPaused) {
  PlaybackSession expected;
  expected.media_path = folder_.Write("playback-reference/Reference Playback M3.mp4", "film");
  const auto sessions =
      OfJellyfin(MediaServerType::kEmby, kEmbyPaused, "2026-09-09T01:37:21.3631290Z");
  ASSERT_THAT(sessions, SizeIs(1));
  expected.session_id = "emby-3051be5bda6e822e1f0a9c80cb6a5100";
  expected.source = MediaServerType::kEmby;
  expected.server = "den";
  expected.title = "Reference Playback M3";
  expected.media_type = "movie";
  expected.user = "reference-websocket-m3c";
  expected.player = "Linux WebSocket Test";
  expected.state = PlayState::kPaused;
  expected.position_seconds = 120;
  expected.position_at = clock_.Now();
  expected.duration_seconds = 600;
  expected.audio_stream_index = 1;
  expected.capturable = true;
  ExpectSame(sessions[0], expected);
}

TEST_F(RecordedSessionsTest, EmbyPlaybackInfo) {
  const auto files = ParsePlaybackInfo(MediaServerType::kEmby, kEmbyPlaybackInfo);
  ASSERT_TRUE(files) << files.error().message;
  ASSERT_THAT(*files, SizeIs(1));
  const JellyfinFile& file = files->at(0);
  EXPECT_EQ(file.id, "mediasource_18");
  EXPECT_EQ(file.path, "/opt/goby-fixtures/movies/Goby Sample (2026).mp4");
  EXPECT_FALSE(file.remote);
  EXPECT_FALSE(file.infinite);
  EXPECT_EQ(file.video_type, "");
  EXPECT_EQ(file.duration_seconds, 2);
  ASSERT_TRUE(file.streams);
  ASSERT_THAT(*file.streams, SizeIs(2));
  EXPECT_EQ(file.streams->at(1).index, 1);
  EXPECT_TRUE(file.streams->at(1).audio);
  EXPECT_FALSE(file.streams->at(1).external);
  JellyfinSession row;
  row.item_id = "18";
  row.media_source_id = "mediasource_18";
  EXPECT_EQ(ChooseFile(row, *files), &file);
  EXPECT_FALSE(WhyNotCapturable(file));
}

TEST_F(RecordedSessionsTest, JellyfinAndroid) {
  const auto sessions =
      OfJellyfin(MediaServerType::kJellyfin, kJellyfinAndroid, "2024-09-27T00:40:30.8948561Z");
  ASSERT_THAT(sessions, SizeIs(1));
  PlaybackSession expected;
  expected.session_id = "jf-8550ad0b28139796d78ca60c20196467";
  expected.source = MediaServerType::kJellyfin;
  expected.server = "den";
  expected.title = "sa";
  expected.media_type = "video";
  expected.user = "test";
  expected.player = "A202ZT";
  expected.thumbnail_path =
      "/Items/13d952a74d3a55e52171bdf3dc8da5c2/Images/Primary?maxWidth=400&quality=80";
  expected.position_seconds = 3;  // Two seconds, one second ago.
  expected.position_at = clock_.Now();
  // The recording has no path, so PlaybackInfo is asked; the fake server has none.
  EXPECT_EQ(client_.CountOf("/Items/13d952a74d3a55e52171bdf3dc8da5c2/PlaybackInfo?userId="
                            "e9f1a08cb2fb472da76f5dcaebef09ff"),
            1U);
  expected.not_capturable_reason = "The media server has no file for this item.";
  ExpectSame(sessions[0], expected);
}

TEST_F(RecordedSessionsTest, JellyfinBrowserThatPlaysNothing) {
  EXPECT_THAT(OfJellyfin(MediaServerType::kJellyfin, kJellyfinIdle, "2020-06-24T07:43:13Z"),
              IsEmpty());
}

TEST_F(RecordedSessionsTest, PlexTranscodedVideo) {
  const auto sessions = OfPlex(kPlexTranscodedVideo);
  ASSERT_THAT(sessions, SizeIs(1));
  PlaybackSession expected;
  expected.session_id = "plex-2";
  expected.server = "den";
  expected.title = "tos-1720x720-cfg01";
  expected.media_type = "movie";
  expected.year = 2022;
  expected.thumbnail_path =
      std::string(kPlexThumbnail) + "/library/metadata/286254/thumb/1667839616";
  expected.position_seconds = kFirstReportAge;
  expected.position_at = clock_.Now();
  expected.duration_seconds = 734.166;
  // A transcode has no file, so the item is asked for; the fake server has none.
  EXPECT_EQ(client_.CountOf("/library/metadata/286254"), 1U);
  expected.not_capturable_reason = "The media server has no file for this item.";
  ExpectSame(sessions[0], expected);
}

TEST_F(RecordedSessionsTest, PlexOldPlayers) {
  const auto sessions = OfPlex(kPlexOldPlayers);
  ASSERT_THAT(sessions, SizeIs(2));
  PlaybackSession expected;
  expected.session_id = "plex-3";
  expected.server = "den";
  expected.title = "30 Rock";
  expected.subtitle = "S01E03 — Blind Date";
  expected.media_type = "episode";
  expected.year = 2006;
  expected.user = "guest";
  expected.player = "One";
  expected.position_seconds = 0.291 + kFirstReportAge;
  expected.position_at = clock_.Now();
  expected.not_capturable_reason = "Plex has no file for this.";
  ExpectSame(sessions[0], expected);
  expected.session_id = "plex-5";
  expected.title = "The Hobbit The Desolation of Smaug";
  expected.subtitle = std::nullopt;
  expected.media_type = "movie";
  expected.year = 2014;
  expected.position_seconds = 0.249 + kFirstReportAge;
  ExpectSame(sessions[1], expected);
}

TEST_F(RecordedSessionsTest, PlexTranscodedSound) {
  PlaybackSession expected;
  expected.media_path = folder_.Write("videos/video.mkv", "film");
  client_.On("/library/metadata/1", std::string(kPlexTranscodedSoundItem));
  const auto sessions = OfPlex(kPlexTranscodedSound);
  ASSERT_THAT(sessions, SizeIs(1));
  expected.session_id = "plex-session_id_1";
  expected.server = "den";
  expected.title = "Movie 1";
  expected.media_type = "movie";
  expected.year = 2000;
  expected.user = "User 1";
  expected.player = "SHIELD Android TV";
  expected.thumbnail_path = std::string(kPlexThumbnail) + "/library/metadata/1/thumb/1590245989";
  expected.position_seconds = kFirstReportAge;
  expected.position_at = clock_.Now();
  expected.duration_seconds = 9000;
  expected.audio_stream_index = 1;
  expected.capturable = true;
  ExpectSame(sessions[0], expected);
}

TEST_F(RecordedSessionsTest, PlexPreRoll) {
  const auto sessions = OfPlex(kPlexPreRoll);
  ASSERT_THAT(sessions, SizeIs(1));
  PlaybackSession expected;
  expected.session_id = "plex-session_id_1";
  expected.server = "den";
  expected.title = "fancy_preroll";
  expected.media_type = "trailer";
  expected.user = "User 1";
  expected.player = "SHIELD Android TV";
  expected.thumbnail_path =
      std::string(kPlexThumbnail) + "/library/metadata/203214/thumb/1619533890";
  expected.position_seconds = kFirstReportAge;
  expected.position_at = clock_.Now();
  expected.duration_seconds = 6;
  expected.not_capturable_reason = "This trailer or pre-roll is streamed; it has no file.";
  ExpectSame(sessions[0], expected);
}

TEST_F(RecordedSessionsTest, PlexLiveProgrammeHasNoId) {
  EXPECT_THAT(OfPlex(kPlexLiveProgramme, 1), IsEmpty());
}

TEST_F(RecordedSessionsTest, PlexLiveProgrammeWithAnId) {
  std::string with_id = kPlexLiveProgramme;
  with_id.insert(with_id.find("ratingKey"), "sessionKey=\"7\" ");
  const auto sessions = OfPlex(with_id.c_str());
  ASSERT_THAT(sessions, SizeIs(1));
  PlaybackSession expected;
  expected.session_id = "plex-7";
  expected.server = "den";
  expected.title = "The Price Is Right";
  expected.subtitle = "S49E105 — The Price Is Right";
  expected.media_type = "live_tv";
  expected.year = 2021;
  expected.thumbnail_path = std::string(kPlexThumbnail) +
                            "https://metadata-static.plex.tv/5/gracenote/"
                            "55af94d4c6e3139f2cd925cd6436d514.jpg";
  expected.position_at = clock_.Now();
  expected.not_capturable_reason = "Live TV has no file to capture from.";
  ExpectSame(sessions[0], expected);
}

TEST_F(RecordedSessionsTest, PlexLiveSession) {
  const auto sessions = OfPlex(kPlexLiveSession);
  ASSERT_THAT(sessions, SizeIs(1));
  PlaybackSession expected;
  expected.session_id = "plex-XXX";
  expected.server = "den";
  expected.title = "Live Session";
  expected.media_type = "live_tv";
  expected.user = "XXX";
  expected.player = "Chrome";
  expected.position_at = clock_.Now();
  expected.not_capturable_reason = "Live TV has no file to capture from.";
  ExpectSame(sessions[0], expected);
}

}  // namespace
}  // namespace matinee::media
