#include "media/jellyfin_sessions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/time_format.h"
#include "tests/unit/media/jellyfin_samples.h"

namespace matinee::media {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<JellyfinSession> Rows(const Json& sessions) {
  auto rows = ParseJellyfinSessions(MediaServerType::kJellyfin, sessions.dump());
  EXPECT_TRUE(rows) << rows.error().message;
  return rows.value_or(std::vector<JellyfinSession>{});
}
JellyfinSession Row(const Json& session) {
  auto rows = Rows(Json::array({session}));
  EXPECT_THAT(rows, SizeIs(1));
  return rows.empty() ? JellyfinSession{} : rows[0];
}

TEST(ParseJellyfinSessionsTest, ReadsAnEpisode) {
  const auto row = Row(SampleSession("/media/tv/Ozymandias.mkv"));
  EXPECT_EQ(row.session_id, "6c1f0a9be2d34f5d8a7b6c5d4e3f2a1b");
  EXPECT_EQ(row.title, "Breaking Bad");
  EXPECT_EQ(row.subtitle, "S05E14 — Ozymandias");
  EXPECT_EQ(row.media_type, "episode");
  EXPECT_EQ(row.year, 2013);
  EXPECT_EQ(row.user, "Anna");
  EXPECT_EQ(row.player, "Living room TV");
  EXPECT_EQ(row.position_seconds, 1832.5);
  EXPECT_EQ(row.file.duration_seconds, 2874.0);
  EXPECT_EQ(row.file.path, "/media/tv/Ozymandias.mkv");
  EXPECT_FALSE(NeedsPlaybackInfo(row));
  EXPECT_EQ(AudioStreamIndex(row, row.file), 2);
  EXPECT_EQ(row.thumbnail_path,
            "/Items/f0e1d2c3b4a5968778695a4b3c2d1e0f/Images/Primary?maxWidth=400&quality=80&"
            "tag=77aa88bb");
}

TEST(ParseJellyfinSessionsTest, SkipsIdleDevices) {
  Json stopped = SampleSession("/a.mkv");
  stopped["NowPlayingItem"] = nullptr;
  EXPECT_THAT(Rows({IdleDevice(), stopped}), IsEmpty());
}

TEST(ParseJellyfinSessionsTest, SkipsMusicBooksPhotosAndThemes) {
  for (const char* type : {"Audio", "AudioBook", "Book", "Photo"}) {
    Json session = SampleSession("/a.mp3");
    session["NowPlayingItem"]["Type"] = type;
    EXPECT_THAT(Rows(Json::array({session})), IsEmpty()) << type;
  }
  for (const char* extra : {"ThemeSong", "ThemeVideo"}) {
    Json session = SampleSession("/a.mp3");
    session["NowPlayingItem"]["ExtraType"] = extra;
    EXPECT_THAT(Rows(Json::array({session})), IsEmpty()) << extra;
  }
  Json by_media_type = SampleSession("/a.mp3");
  by_media_type["NowPlayingItem"]["Type"] = "SomethingNew";
  by_media_type["NowPlayingItem"]["MediaType"] = "Audio";
  EXPECT_THAT(Rows(Json::array({by_media_type})), IsEmpty());
}

TEST(ParseJellyfinSessionsTest, ListsTrailersAndOtherVideos) {
  Json session = SampleSession("/a.mkv");
  session["NowPlayingItem"]["ExtraType"] = "Trailer";
  EXPECT_EQ(Row(session).media_type, "trailer");
  session["NowPlayingItem"]["ExtraType"] = "DeletedScene";
  session["NowPlayingItem"]["Type"] = "Video";
  EXPECT_EQ(Row(session).media_type, "video");
}

TEST(ParseJellyfinSessionsTest, RecognisesLiveTv) {
  Json session = SampleSession("");
  session["NowPlayingItem"] = {{"Name", "BBC One"},
                               {"Id", "c1"},
                               {"Type", "TvChannel"},
                               {"MediaType", "Video"},
                               {"CurrentProgram", {{"Name", "News"}}}};
  session["PlayState"]["PositionTicks"] = nullptr;
  const auto row = Row(session);
  EXPECT_TRUE(row.live);
  EXPECT_EQ(row.media_type, "live_tv");
  EXPECT_EQ(row.title, "BBC One");
  EXPECT_EQ(row.subtitle, "News");
  EXPECT_FALSE(row.position_seconds);
}

TEST(ParseJellyfinSessionsTest, ShowsSpecialsAndDoubleEpisodes) {
  Json session = SampleSession("/a.mkv");
  session["NowPlayingItem"]["ParentIndexNumber"] = 0;
  session["NowPlayingItem"]["IndexNumber"] = 1;
  EXPECT_EQ(Row(session).subtitle, "S00E01 — Ozymandias");
  session["NowPlayingItem"]["IndexNumberEnd"] = 2;
  EXPECT_EQ(Row(session).subtitle, "S00E01-E02 — Ozymandias");
}

TEST(ParseJellyfinSessionsTest, TreatsOddFieldsAsUnknown) {
  Json session = SampleSession("/a.mkv");
  session["PlayState"] = {{"PositionTicks", "12"}, {"IsPaused", "yes"}, {"MediaSourceId", 5}};
  session["UserName"] = Json::array({1});
  session["LastActivityDate"] = "yesterday";
  session["NowPlayingItem"]["RunTimeTicks"] = -3;
  session["NowPlayingItem"]["IndexNumber"] = 1e300;
  session["NowPlayingItem"]["MediaStreams"] = {{"a", 1}};
  session["NowPlayingItem"]["ProductionYear"] = "2013";
  const auto row = Row(session);
  EXPECT_FALSE(row.position_seconds);
  EXPECT_FALSE(row.paused);
  EXPECT_FALSE(row.user);
  EXPECT_FALSE(row.last_activity);
  EXPECT_FALSE(row.file.duration_seconds);
  EXPECT_FALSE(row.file.streams);
  EXPECT_FALSE(row.year);
  EXPECT_EQ(row.subtitle, "S05 — Ozymandias");
}

TEST(ParseJellyfinSessionsTest, RejectsJsonThatIsNotAListOfSessions) {
  for (const char* text : {"", "<html>", "[", "[{\"Id\":", "{}", "null", "5", "\"a\"", "[1,2]",
                           "[\"\xFF\"]", "\xFF\xFE[\x00]"}) {
    const auto rows = ParseJellyfinSessions(MediaServerType::kEmby, text);
    ASSERT_FALSE(rows) << text;
    EXPECT_EQ(rows.error().code, Code::kBadGateway);
    EXPECT_THAT(rows.error().message, HasSubstr("Emby"));
  }
}

TEST(ParseJellyfinSessionsTest, AcceptsAnEmptyList) {
  EXPECT_THAT(*ParseJellyfinSessions(MediaServerType::kJellyfin, "[]"), IsEmpty());
  EXPECT_THAT(*ParseJellyfinSessions(MediaServerType::kJellyfin, "\xEF\xBB\xBF[]"), IsEmpty());
}

TEST(ParseJellyfinSessionsTest, ReadsABoundedNumberOfRows) {
  Json many = Json::array();
  for (int i = 0; i < 300; ++i) many.push_back(SampleSession("/a.mkv"));
  EXPECT_THAT(Rows(many), SizeIs(200));
}

TEST(ParseJellyfinSessionsTest, ReadsNothingAfterTheLastRow) {
  Json rows = Json::array();
  for (int i = 0; i < 200; ++i) rows.push_back(SampleSession("/a.mkv"));
  std::string text = rows.dump();
  text.back() = ',';
  const auto read = ParseJellyfinSessions(MediaServerType::kJellyfin, text + "<html>");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_THAT(*read, SizeIs(200));
}

TEST(ParseJellyfinSessionsTest, ReadsPastLongListsOfAnIdleServer) {
  std::string text = "[{}";
  for (int i = 0; i < 100000; ++i) text += ",{}";
  text += "," + SampleSession("/a.mkv").dump() + "]";
  const auto read = ParseJellyfinSessions(MediaServerType::kJellyfin, text);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_THAT(*read, SizeIs(1));
}

TEST(ParseJellyfinSessionsTest, SurvivesDeepNesting) {
  const std::string deep(200000, '[');
  EXPECT_FALSE(ParseJellyfinSessions(MediaServerType::kJellyfin, deep));
  EXPECT_TRUE(
      ParseJellyfinSessions(MediaServerType::kJellyfin,
                            "[{\"NowPlayingItem\":" + deep + std::string(200000, ']') + "}]"));
}

TEST(ParseJellyfinSessionsTest, FallsBackToTheThumbnailOfTheSeries) {
  Json session = SampleSession("/a.mkv");
  auto& item = session["NowPlayingItem"];
  item["ImageTags"] = Json::object();
  EXPECT_FALSE(Row(session).thumbnail_path);
  item["ImageTags"]["Thumb"] = "aa";
  EXPECT_THAT(*Row(session).thumbnail_path, HasSubstr("/Images/Thumb?"));
  item["SeriesPrimaryImageTag"] = "bb";
  EXPECT_EQ(
      Row(session).thumbnail_path,
      "/Items/aaaabbbbccccddddeeeeffff00001111/Images/Primary?maxWidth=400&quality=80&tag=bb");
  item.erase("ImageTags");
  EXPECT_EQ(Row(session).thumbnail_path,
            "/Items/f0e1d2c3b4a5968778695a4b3c2d1e0f/Images/Primary?maxWidth=400&quality=80");
}

TEST(NeedsPlaybackInfoTest, IsTrueWhenAnotherVersionPlaysOrThePathIsMissing) {
  Json session = SampleSession("/a.mkv");
  session["PlayState"]["MediaSourceId"] = "00001111222233334444555566667777";
  EXPECT_TRUE(NeedsPlaybackInfo(Row(session)));
  session["PlayState"].erase("MediaSourceId");
  EXPECT_FALSE(NeedsPlaybackInfo(Row(session)));
  session["NowPlayingItem"].erase("Path");
  EXPECT_TRUE(NeedsPlaybackInfo(Row(session)));
}

TEST(NeedsPlaybackInfoTest, RecognisesEmbysIdOfTheOnlyVersion) {
  Json session = SampleSession("/a.mkv");
  session["NowPlayingItem"]["Id"] = "5411";
  session["PlayState"]["MediaSourceId"] = "mediasource_5411";
  EXPECT_FALSE(NeedsPlaybackInfo(Row(session)));
}

TEST(ChooseJellyfinFileTest, ChoosesTheVersionThatPlays) {
  Json session = SampleSession("/default.mkv");
  session["PlayState"]["MediaSourceId"] = "two";
  const auto row = Row(session);
  const Json info = {
      {"MediaSources", {MediaSource("one", "/1.mkv"), MediaSource("two", "/2.mkv")}}};
  const auto files = ParsePlaybackInfo(MediaServerType::kJellyfin, info.dump());
  ASSERT_TRUE(files);
  ASSERT_NE(ChooseFile(row, *files), nullptr);
  EXPECT_EQ(ChooseFile(row, *files)->path, "/2.mkv");
}

TEST(ChooseJellyfinFileTest, ChoosesAnUnknownVersionOnlyIfThereIsOne) {
  Json session = SampleSession("/default.mkv");
  session["PlayState"]["MediaSourceId"] = "three";
  const auto row = Row(session);
  Json info = {{"MediaSources", {MediaSource("one", "/1.mkv"), MediaSource("two", "/2.mkv")}}};
  EXPECT_EQ(ChooseFile(row, *ParsePlaybackInfo(MediaServerType::kJellyfin, info.dump())), nullptr);
  info["MediaSources"].erase(0);
  const auto files = *ParsePlaybackInfo(MediaServerType::kJellyfin, info.dump());
  EXPECT_EQ(ChooseFile(row, files)->path, "/2.mkv");
  EXPECT_EQ(ChooseFile(row, {}), nullptr);
}

TEST(WhyNotCapturableTest, GivesAReasonForRemoteItemsDiscsAndStreams) {
  const auto why = [](const char* field, const Json& value) {
    Json source = MediaSource("1", "/a.mkv");
    source[field] = value;
    const auto files =
        *ParsePlaybackInfo(MediaServerType::kJellyfin, Json({{"MediaSources", {source}}}).dump());
    return WhyNotCapturable(files[0]).value_or("");
  };
  EXPECT_EQ(why("Container", "mkv"), "");
  EXPECT_EQ(why("Path", "smb://nas/a.mkv"), "");
  EXPECT_THAT(why("IsRemote", true), HasSubstr("network"));
  EXPECT_THAT(why("Protocol", "Http"), HasSubstr("network"));
  EXPECT_THAT(why("Path", "/media/film.STRM"), HasSubstr(".strm"));
  EXPECT_THAT(why("Path", "https://cdn.example/film.mkv"), HasSubstr("network"));
  EXPECT_THAT(why("Path", "rtsp://cam/1"), HasSubstr("network"));
  EXPECT_THAT(why("IsInfiniteStream", true), HasSubstr("live stream"));
  EXPECT_THAT(why("VideoType", "Dvd"), HasSubstr("disc"));
  EXPECT_THAT(why("VideoType", "BluRay"), HasSubstr("disc"));
  EXPECT_THAT(why("VideoType", "Iso"), HasSubstr("disc"));
  EXPECT_THAT(why("Path", "/media/film.iso"), HasSubstr("disc"));
  EXPECT_THAT(why("Path", ""), HasSubstr("which file"));
}

std::optional<int> AudioIndex(int wanted, const Json& streams) {
  Json session = SampleSession("/a.mkv");
  session["PlayState"]["AudioStreamIndex"] = wanted;
  session["NowPlayingItem"]["MediaStreams"] = streams;
  const auto row = Row(session);
  return AudioStreamIndex(row, row.file);
}

TEST(AudioStreamIndexTest, CountsOnlyTheStreamsOfTheFile) {
  const auto stream = [](int index, const char* type, bool external) {
    return Json({{"Index", index}, {"Type", type}, {"IsExternal", external}});
  };
  const Json appended = {stream(0, "Video", false), stream(1, "Audio", false),
                         stream(2, "Audio", false), stream(3, "Subtitle", true)};
  EXPECT_EQ(AudioIndex(2, appended), 2);
  const Json in_front = {stream(0, "Subtitle", true), stream(1, "Subtitle", true),
                         stream(2, "Video", false), stream(3, "Audio", false)};
  EXPECT_EQ(AudioIndex(3, in_front), 1);
  // A stream that the server does not list (a timecode) still has its index.
  const Json gap = {stream(0, "Video", false), stream(2, "Audio", false)};
  EXPECT_EQ(AudioIndex(2, gap), 2);
  EXPECT_EQ(AudioIndex(2, nullptr), 2);
}

TEST(AudioStreamIndexTest, IsEmptyForAudioThatIsNotInTheFile) {
  const Json external = {{{"Index", 0}, {"Type", "Video"}},
                         {{"Index", 1}, {"Type", "Audio"}, {"IsExternal", true}}};
  EXPECT_FALSE(AudioIndex(1, external));
  EXPECT_FALSE(AudioIndex(0, external));
  EXPECT_FALSE(AudioIndex(7, external));
  EXPECT_FALSE(AudioIndex(-1, external));
}

class PositionOfTest : public testing::Test {
 protected:
  JellyfinPosition At(const char* server_now) const {
    return PositionOf(Row(session_), *ParseTime(server_now));
  }
  Json session_ = SampleSession("/a.mkv");  // 1832.5 s at 12:00:00, checked in at 11:59:55.
};

TEST_F(PositionOfTest, AdvancesByTheAgeOfTheResponse) {
  EXPECT_DOUBLE_EQ(At("2026-02-18T12:00:00.400Z").seconds, 1832.9);
  EXPECT_EQ(At("2026-02-18T12:00:00.400Z").state, PlayState::kPlaying);
}

TEST_F(PositionOfTest, AdvancesByAtMostTheServersInterval) {
  EXPECT_DOUBLE_EQ(At("2026-02-18T12:00:09Z").seconds, 1834.0);
}

TEST_F(PositionOfTest, DoesNotGoBackWhenTheClockIsBehind) {
  EXPECT_DOUBLE_EQ(At("2026-02-18T11:59:58Z").seconds, 1832.5);
}

TEST_F(PositionOfTest, StandsStillWhilePaused) {
  session_["PlayState"]["IsPaused"] = true;
  EXPECT_DOUBLE_EQ(At("2026-02-18T12:00:01Z").seconds, 1832.5);
  EXPECT_EQ(At("2026-02-18T12:00:01Z").state, PlayState::kPaused);
}

TEST_F(PositionOfTest, StopsHalfAMinuteAfterThePlayersLastReport) {
  session_["LastPlaybackCheckIn"] = "2026-02-18T11:58:00.0000000Z";
  // The server itself added the 90 seconds since 11:58:30.
  const auto position = At("2026-02-18T12:00:00.500Z");
  EXPECT_DOUBLE_EQ(position.seconds, 1742.5);
  EXPECT_EQ(position.state, PlayState::kBuffering);
}

TEST_F(PositionOfTest, UsesThePositionAsItIsWithoutTimes) {
  session_.erase("LastActivityDate");
  session_["LastPlaybackCheckIn"] = "0001-01-01T00:00:00.0000000Z";
  EXPECT_DOUBLE_EQ(At("2026-02-18T12:00:01Z").seconds, 1832.5);
  EXPECT_EQ(At("2026-02-18T12:00:01Z").state, PlayState::kPlaying);
}

TEST(ParseVirtualFoldersTest, ListsTheFoldersOfMoviesAndSeries) {
  const Json libraries = Json::parse(
      R"([{"Name": "Films", "CollectionType": "movies", "Locations": ["/media/films", "/more"]},
          {"Name": "Mixed", "Locations": ["/mixed"]},
          {"Name": "Music", "CollectionType": "music", "Locations": ["/music"]},
          {"Name": "Odd", "Locations": "none"}, 5])");
  const auto folders = ParseVirtualFolders(MediaServerType::kJellyfin, libraries.dump());
  ASSERT_THAT(*folders, SizeIs(3));
  EXPECT_EQ((*folders)[2], std::make_pair(std::string("Mixed"), std::string("/mixed")));
  const Json wrapped = {{"Items", libraries}, {"TotalRecordCount", 5}};
  EXPECT_THAT(*ParseVirtualFolders(MediaServerType::kEmby, wrapped.dump()), SizeIs(3));
  EXPECT_FALSE(ParseVirtualFolders(MediaServerType::kEmby, "{}"));
}

}  // namespace
}  // namespace matinee::media
