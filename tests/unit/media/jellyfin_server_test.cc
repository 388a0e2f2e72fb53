#include "media/jellyfin_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "base/time_format.h"
#include "tests/unit/manual_clock.h"
#include "tests/unit/media/fake_client.h"
#include "tests/unit/media/jellyfin_samples.h"
#include "tests/unit/temporary_folder.h"

namespace matinee::media {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

class JellyfinServerTest : public testing::Test {
 protected:
  JellyfinServerTest() {
    settings_.name = "den";
    settings_.source = MediaServerType::kJellyfin;
    settings_.url = "http://jf.test:8096";
    settings_.token = Secret("k3y");
    settings_.path_mappings = {{"/media", folder_.path()}};
  }

  JellyfinServer& Server() {
    if (!server_) server_.emplace(settings_, client_, clock_, 0);
    return *server_;
  }
  void Plays(const Json& sessions) { client_.On("/Sessions", sessions.dump()); }
  PlaybackSession Only(const Json& session) {
    Plays(Json::array({session}));
    const auto sessions = Server().Sessions();
    EXPECT_TRUE(sessions) << sessions.error().message;
    EXPECT_THAT(*sessions, SizeIs(1));
    return sessions->empty() ? PlaybackSession{} : sessions->at(0);
  }

  TemporaryFolder folder_;
  FakeClient client_;
  ManualClock clock_{*ParseTime("2026-02-18T12:00:00Z")};
  MediaServerSettings settings_;
  std::optional<JellyfinServer> server_;
};

TEST_F(JellyfinServerTest, ListsAnEpisode) {
  const std::string file = folder_.Write("tv/a.mkv", "film");
  clock_.Advance(milliseconds(600));
  const PlaybackSession session = Only(SampleSession("/media/tv/a.mkv"));
  EXPECT_EQ(session.session_id, "jf-6c1f0a9be2d34f5d8a7b6c5d4e3f2a1b");
  EXPECT_EQ(session.source, MediaServerType::kJellyfin);
  EXPECT_EQ(session.server, "den");
  EXPECT_EQ(session.state, PlayState::kPlaying);
  EXPECT_DOUBLE_EQ(session.position_seconds, 1833.1);
  EXPECT_EQ(session.position_at, clock_.Now());
  EXPECT_EQ(session.duration_seconds, 2874.0);
  EXPECT_EQ(session.media_path, file);
  EXPECT_EQ(session.audio_stream_index, 2);
  EXPECT_TRUE(session.capturable) << session.not_capturable_reason;
  EXPECT_THAT(client_.requests(), SizeIs(1));
}

TEST_F(JellyfinServerTest, CountsTheSessionsThatHaveNoId) {
  Json nameless = SampleSession("/media/tv/a.mkv");
  nameless.erase("Id");
  Json endless = SampleSession("/media/tv/a.mkv");
  endless["Id"] = std::string(200, 'a');
  Plays(Json::array({nameless, SampleSession("/media/tv/a.mkv"), endless}));
  EXPECT_THAT(*Server().Sessions(), SizeIs(1));
  EXPECT_EQ(Server().sessions_without_id(), 2U);
  Plays(Json::array());
  ASSERT_TRUE(Server().Sessions());
  EXPECT_EQ(Server().sessions_without_id(), 0U);
}

TEST_F(JellyfinServerTest, OmitsTheYearZero) {
  Json session = SampleSession("/media/tv/a.mkv");
  session["NowPlayingItem"]["ProductionYear"] = 0;
  EXPECT_FALSE(Only(session).year);
}

// The address that the page gets and the one that the proxy accepts are decided by one function.
TEST_F(JellyfinServerTest, OmitsAThumbnailThatTheProxyRefuses) {
  Json session = SampleSession("/media/tv/a.mkv");
  EXPECT_TRUE(Only(session).thumbnail_path);
  session["NowPlayingItem"]["Id"] = "../../Auth/Keys";
  EXPECT_FALSE(Only(session).thumbnail_path);
}

TEST_F(JellyfinServerTest, AuthorisesInTheFormThatAllVersionsAccept) {
  Plays(Json::array());
  ASSERT_TRUE(Server().Sessions());
  const auto request = client_.requests().at(0);
  EXPECT_EQ(request.url, "http://jf.test:8096/Sessions");
  ASSERT_THAT(request.secret_headers, SizeIs(1));
  EXPECT_EQ(request.secret_headers[0].first, "Authorization");
  EXPECT_EQ(request.secret_headers[0].second.Reveal(), "MediaBrowser Token=\"k3y\"");
}

TEST_F(JellyfinServerTest, UsesEmbysPathAndHeaderForEmby) {
  settings_.source = MediaServerType::kEmby;
  Plays(Json::array({SampleSession("/media/a.mkv")}));
  const auto sessions = Server().Sessions();
  ASSERT_TRUE(sessions);
  EXPECT_EQ(sessions->at(0).session_id, "emby-6c1f0a9be2d34f5d8a7b6c5d4e3f2a1b");
  EXPECT_EQ(sessions->at(0).source, MediaServerType::kEmby);
  const auto request = client_.requests().at(0);
  EXPECT_EQ(request.url, "http://jf.test:8096/emby/Sessions");
  EXPECT_EQ(request.secret_headers[0].first, "X-Emby-Token");
  EXPECT_EQ(request.secret_headers[0].second.Reveal(), "k3y");
}

TEST_F(JellyfinServerTest, AcceptsAnEmbyAddressThatIncludesThePath) {
  settings_.source = MediaServerType::kEmby;
  settings_.url = "http://emby.test/Emby/";
  Plays(Json::array());
  ASSERT_TRUE(Server().Sessions());
  EXPECT_EQ(client_.requests().at(0).url, "http://emby.test/Emby/Sessions");
}

TEST_F(JellyfinServerTest, RequestsTheVersionsAsTheViewerAndCachesThem) {
  const std::string file = folder_.Write("4k.mkv", "film");
  client_.On(
      "/Items/f0e1d2c3b4a5968778695a4b3c2d1e0f/PlaybackInfo?userId="
      "11112222333344445555666677778888",
      Json({{"MediaSources",
             {MediaSource("one", "/media/small.mkv"), MediaSource("two", "/media/4k.mkv")}}})
          .dump());
  Json session = SampleSession("/media/small.mkv");
  session["PlayState"]["MediaSourceId"] = "two";
  EXPECT_EQ(Only(session).media_path, file);
  clock_.Advance(seconds(2));
  EXPECT_TRUE(Only(session).capturable);
  EXPECT_EQ(client_.CountOf("PlaybackInfo"), 1U);
}

TEST_F(JellyfinServerTest, GivesTheReasonWhyASessionCannotBeCaptured) {
  const auto reason = [this](const std::function<void(Json&)>& change) {
    Json session = SampleSession("/media/gone.mkv");
    change(session);
    const PlaybackSession listed = Only(session);
    EXPECT_FALSE(listed.capturable);
    return listed.not_capturable_reason;
  };
  folder_.Write("there.mkv", "film");
  EXPECT_THAT(reason([](Json&) {}), HasSubstr(folder_.path() + "/gone.mkv"));
  EXPECT_THAT(reason([](Json& s) { s["NowPlayingItem"]["Type"] = "TvChannel"; }),
              HasSubstr("Live TV"));
  EXPECT_THAT(reason([](Json& s) { s["PlayState"]["LiveStreamId"] = "abc"; }),
              HasSubstr("Live TV"));
  EXPECT_THAT(reason([](Json& s) { s["NowPlayingItem"]["Path"] = "/media/a.strm"; }),
              HasSubstr(".strm"));
  EXPECT_THAT(reason([](Json& s) { s["NowPlayingItem"]["VideoType"] = "BluRay"; }),
              HasSubstr("disc"));
  EXPECT_THAT(reason([](Json& s) {
                s["NowPlayingItem"]["Path"] = "/media/there.mkv";
                s["PlayState"]["PositionTicks"] = nullptr;
              }),
              HasSubstr("does not report the position"));
  // PlaybackInfo responds 404.
  EXPECT_THAT(reason([](Json& s) { s["NowPlayingItem"].erase("Path"); }), HasSubstr("no file"));
  EXPECT_EQ(client_.CountOf("PlaybackInfo"), 1U);
}

TEST_F(JellyfinServerTest, RejectsFilesOutsideMediaRoots) {
  folder_.Write("a.mkv", "film");
  settings_.media_roots = {folder_.path() + "/films"};
  EXPECT_THAT(Only(SampleSession("/media/a.mkv")).not_capturable_reason, HasSubstr("MEDIA_ROOTS"));
}

TEST_F(JellyfinServerTest, SkipsSessionsWithoutAnId) {
  Json session = SampleSession("/media/a.mkv");
  session.erase("Id");
  Plays(Json::array({session}));
  EXPECT_THAT(*Server().Sessions(), SizeIs(0));
}

TEST_F(JellyfinServerTest, CorrectsForAServerWithAWrongClock) {
  folder_.Write("a.mkv", "film");
  Json session = SampleSession("/media/a.mkv");  // 12:00:00.0 by the server's clock.
  clock_.Advance(std::chrono::hours(1));         // Ours is an hour ahead.
  client_.On("/Sessions", [&](const http::ClientRequest&) {
    http::ClientResponse response = FakeClient::Ok(Json::array({session}).dump());
    response.headers["date"] = "Wed, 18 Feb 2026 12:00:00 GMT";
    return response;
  });
  const auto sessions = Server().Sessions();
  ASSERT_TRUE(sessions);
  // Without the Date header it would have added the maximum of 1.5 s.
  EXPECT_NEAR(sessions->at(0).position_seconds, 1833.5, 0.01);
}

TEST(ServerClockTest, EqualsOurClockWhileTheTwoMayAgree) {
  ServerClock server;
  const WallTime now = *ParseTime("2026-02-18T12:00:00.700Z");
  EXPECT_EQ(server.At(now), now);
  // Two seconds behind by the header, which is within its error.
  server.Observe(*ParseTime("2026-02-18T11:59:59Z"), now, now + milliseconds(5));
  EXPECT_EQ(server.At(now), now);
}

TEST(ServerClockTest, EstimatesTheOffsetOfTheServersClock) {
  ServerClock server;
  WallTime ours = *ParseTime("2026-02-18T12:00:00Z");
  const seconds ahead(90);
  for (int i = 0; i < 20; ++i) {
    // The header has the server's time, 0.3 s old, in whole seconds.
    const WallTime shown = std::chrono::floor<seconds>(ours + ahead - milliseconds(300));
    server.Observe(shown, ours, ours + milliseconds(4));
    ours += milliseconds(1713);
  }
  const auto error = server.At(ours) - (ours + ahead);
  EXPECT_LT(std::abs(std::chrono::duration<double>(error).count()), 0.6);
}

TEST_F(JellyfinServerTest, ReturnsFailures) {
  client_.OnStatus("/Sessions", 401);
  EXPECT_EQ(Server().Sessions().error().code, Code::kUnauthenticated);
  client_.On("/Sessions", "[{\"Id\":");
  EXPECT_EQ(Server().Sessions().error().code, Code::kBadGateway);
  client_.OnError("/Sessions", {Code::kDeadlineExceeded, "late"});
  EXPECT_EQ(Server().Sessions().error().code, Code::kDeadlineExceeded);
}

TEST_F(JellyfinServerTest, CheckReportsVersionAndFolders) {
  client_.On("/System/Info/Public",
             R"({"ProductName": "Jellyfin Server", "Version": "10.10.7", "Id": "s"})");
  client_.On("/Library/VirtualFolders",
             R"([{"Name": "Films", "CollectionType": "movies", "Locations": ["/media/films"]}])");
  const ServerCheck check = Server().Check();
  EXPECT_TRUE(check.reachable);
  EXPECT_TRUE(check.authorised);
  EXPECT_EQ(check.version, "Jellyfin 10.10.7");
  ASSERT_THAT(check.folders, SizeIs(1));
  EXPECT_THAT(check.folders[0].problem, HasSubstr("does not exist"));
}

TEST_F(JellyfinServerTest, CheckDetectsTheOtherProduct) {
  client_.On("/System/Info/Public", R"({"Version": "4.8.11.0", "Id": "e"})");
  const ServerCheck check = Server().Check();
  EXPECT_TRUE(check.reachable);
  EXPECT_FALSE(check.authorised);
  EXPECT_THAT(check.problem, HasSubstr("EMBY_URL"));
}

TEST_F(JellyfinServerTest, CheckReportsTheFirstFailure) {
  client_.OnError("/System/Info/Public", {Code::kUnavailable, "refused by http://jf.test:8096"});
  EXPECT_FALSE(Server().Check().reachable);
  EXPECT_THAT(Server().Check().problem, Not(HasSubstr("jf.test")));
  client_.On("/System/Info/Public", R"({"ProductName": "Jellyfin Server", "Version": "10.8.13"})");
  client_.OnStatus("/Library/VirtualFolders", 401);
  EXPECT_TRUE(Server().Check().reachable);
  EXPECT_THAT(Server().Check().problem, HasSubstr("JELLYFIN_API_KEY"));
}

}  // namespace
}  // namespace matinee::media
