#include "media/plex_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>

#include "base/strings.h"
#include "tests/unit/manual_clock.h"
#include "tests/unit/media/fake_client.h"
#include "tests/unit/media/plex_samples.h"
#include "tests/unit/temporary_folder.h"

namespace matinee::media {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

class PlexServerTest : public testing::Test {
 protected:
  PlexServerTest() {
    settings_.name = "plex";
    settings_.url = "http://plex.test:32400";
    settings_.token = Secret("t0ken");
    settings_.path_mappings = {{"/data", folder_.path()}};
  }

  PlexServer& Server() {
    if (!server_) server_.emplace(settings_, client_, clock_, 0);
    return *server_;
  }
  void Plays(const std::string& inner) { client_.On("/status/sessions", PlexContainer(inner)); }
  std::vector<PlaybackSession> Sessions() {
    auto sessions = Server().Sessions();
    EXPECT_TRUE(sessions) << sessions.error().message;
    return sessions.value_or(std::vector<PlaybackSession>{});
  }
  PlaybackSession Only() {
    auto sessions = Sessions();
    EXPECT_THAT(sessions, SizeIs(1));
    return sessions.empty() ? PlaybackSession{} : sessions[0];
  }

  TemporaryFolder folder_;
  FakeClient client_;
  ManualClock clock_{WallTime(std::chrono::hours(500000))};
  MediaServerSettings settings_;
  std::optional<PlexServer> server_;
};

TEST_F(PlexServerTest, ListsADirectPlay) {
  const std::string file = folder_.Write("tv/a.mkv", "film");
  Plays(PlexDirectPlay("/data/tv/a.mkv", "1832500", "paused"));
  const PlaybackSession session = Only();
  EXPECT_EQ(session.session_id, "plex-abc123");
  EXPECT_EQ(session.source, MediaServerType::kPlex);
  EXPECT_EQ(session.server, "plex");
  EXPECT_EQ(session.state, PlayState::kPaused);
  EXPECT_EQ(session.position_seconds, 1832.5);
  EXPECT_EQ(session.position_at, clock_.Now());
  EXPECT_EQ(session.media_path, file);
  EXPECT_EQ(session.audio_stream_index, 2);
  EXPECT_TRUE(session.capturable) << session.not_capturable_reason;
  EXPECT_EQ(session.thumbnail_path,
            "/photo/:/transcode?width=400&height=225&minSize=1&url=/library/metadata/12158/thumb/"
            "1771299229");
  EXPECT_THAT(client_.requests(), SizeIs(1));
}

TEST_F(PlexServerTest, SendsTheTokenInAHeaderAndNowhereElse) {
  Plays(PlexTranscode());
  Sessions();
  for (const auto& request : client_.requests()) {
    EXPECT_THAT(request.url, Not(HasSubstr("t0ken")));
    ASSERT_THAT(request.secret_headers, SizeIs(1));
    EXPECT_EQ(request.secret_headers[0].first, "X-Plex-Token");
    EXPECT_EQ(request.secret_headers[0].second.Reveal(), "t0ken");
  }
}

TEST_F(PlexServerTest, RequestsTheFileOfATranscodeOnceAndCachesIt) {
  const std::string file = folder_.Write("films/4k.mkv", "film");
  client_.On("/library/metadata/500", PlexFilmItem("/data/films/4k.mkv"));
  Plays(PlexTranscode("600000"));
  EXPECT_EQ(Only().media_path, file);
  clock_.Advance(seconds(2));
  Plays(PlexTranscode("602000"));
  EXPECT_TRUE(Only().capturable);
  EXPECT_EQ(client_.CountOf("/library/metadata/500"), 1U);
}

TEST_F(PlexServerTest, ListsASessionWhoseItemCannotBeFetchedWithTheReason) {
  client_.OnStatus("/library/metadata/500", 500);
  Plays(PlexTranscode() + PlexDirectPlay("/data/a.mkv"));
  folder_.Write("a.mkv", "film");
  const auto sessions = Sessions();
  ASSERT_THAT(sessions, SizeIs(2));
  EXPECT_FALSE(sessions[0].capturable);
  EXPECT_THAT(sessions[0].not_capturable_reason, HasSubstr("HTTP 500"));
  EXPECT_TRUE(sessions[1].capturable);
}

TEST_F(PlexServerTest, RetriesAnItemAfterAFailure) {
  client_.OnStatus("/library/metadata/500", 500);
  Plays(PlexTranscode());
  EXPECT_FALSE(Only().capturable);
  folder_.Write("4k.mkv", "film");
  client_.On("/library/metadata/500", PlexFilmItem("/data/4k.mkv"));
  EXPECT_FALSE(Only().capturable);
  clock_.Advance(seconds(6));
  EXPECT_TRUE(Only().capturable);
}

TEST_F(PlexServerTest, DoesNotRequestItemsAfterTheDeadline) {
  client_.On("/status/sessions", [this](const http::ClientRequest& request) {
    EXPECT_LE(request.timeout, kSessionsTimeMax);
    clock_.Advance(kSessionsTimeMax);
    return FakeClient::Ok(PlexContainer(PlexTranscode()));
  });
  EXPECT_THAT(Only().not_capturable_reason, HasSubstr("in time"));
  EXPECT_EQ(client_.CountOf("/library/metadata"), 0U);
}

TEST_F(PlexServerTest, GivesTheReasonWhyASessionCannotBeCaptured) {
  const auto reason = [this](const std::string& row) {
    Plays(row);
    const PlaybackSession session = Only();
    EXPECT_FALSE(session.capturable);
    EXPECT_EQ(session.media_path, "");
    return session.not_capturable_reason;
  };
  EXPECT_THAT(reason(R"(<Video live="1" sessionKey="1" type="movie" title="News"/>)"),
              HasSubstr("Live TV"));
  EXPECT_THAT(reason(R"(<Video type="clip" librarySectionID="-2" sessionKey="2" viewOffset="0"/>)"),
              HasSubstr("pre-roll"));
  EXPECT_THAT(reason(R"(<Video type="movie" sessionKey="3" ratingKey="1"/>)"),
              HasSubstr("does not report the position"));
  EXPECT_THAT(reason(R"(<Video type="movie" sessionKey="4" viewOffset="0"/>)"),
              HasSubstr("no file"));
  EXPECT_THAT(reason(PlexDirectPlay("/data/gone.mkv")), HasSubstr("does not exist"));
  EXPECT_THAT(reason(PlexDirectPlay("/data/gone.mkv")), HasSubstr(folder_.path() + "/gone.mkv"));
}

TEST_F(PlexServerTest, OmitsAThumbnailOfAnotherHost) {
  Plays(R"(<Video sessionKey="1" live="1" title="News" thumb="https://provider.example/a.jpg"/>)");
  EXPECT_FALSE(Only().thumbnail_path);
}

TEST_F(PlexServerTest, ShowsTheImageOfTheSeasonOrSeriesOrChannelInstead) {
  const std::string transcode = "/photo/:/transcode?width=400&height=225&minSize=1&url=";
  const auto thumbnail = [&](const std::string& attributes, const std::string& media = "") {
    Plays("<Video sessionKey=\"1\" type=\"episode\" " + attributes + ">" + media + "</Video>");
    return Only().thumbnail_path.value_or("none");
  };
  const std::string parent = R"(parentThumb="/library/metadata/2/thumb/20")";
  const std::string grandparent = R"(grandparentThumb="/library/metadata/3/thumb/30")";
  EXPECT_EQ(thumbnail(R"(thumb="/library/metadata/1/thumb/10" )" + parent + " " + grandparent),
            transcode + "/library/metadata/1/thumb/10");
  EXPECT_EQ(thumbnail(parent + " " + grandparent), transcode + "/library/metadata/2/thumb/20");
  // An address that the proxy refuses counts as none.
  EXPECT_EQ(
      thumbnail(R"(thumb="https://provider.example/a.jpg" parentThumb="/identity" )" + grandparent),
      transcode + "/library/metadata/3/thumb/30");
  EXPECT_EQ(
      thumbnail(R"(live="1" thumb="")",
                R"(<Media channelThumb="https://provider-static.plex.tv/epg/ch/s51307_a.png"/>)"),
      transcode + "https://provider-static.plex.tv/epg/ch/s51307_a.png");
  EXPECT_EQ(thumbnail(""), "none");
}

TEST_F(PlexServerTest, OmitsTheYearZero) {
  Plays(R"(<Video sessionKey="1" type="movie" title="A" year="0"/>)");
  EXPECT_FALSE(Only().year);
}

TEST_F(PlexServerTest, CountsTheRowsOfItsLastAnswerThatHaveNoId) {
  Plays(R"(<Video type="movie" title="A"/><Video type="movie" title="B"/>
           <Video sessionKey="1" type="movie" title="C"/>)");
  EXPECT_EQ(Server().sessions_without_id(), 0U);
  EXPECT_THAT(Sessions(), SizeIs(1));
  EXPECT_EQ(Server().sessions_without_id(), 2U);
  Plays(R"(<Video sessionKey="1" type="movie" title="C"/>)");
  Sessions();
  EXPECT_EQ(Server().sessions_without_id(), 0U);
}

TEST_F(PlexServerTest, UsesTheSessionKeyAsIdWithoutASession) {
  Plays(R"(<Video sessionKey="17" type="movie" title="Old"/><Video type="movie" title="No id"/>)");
  EXPECT_EQ(Only().session_id, "plex-17");
}

TEST_F(PlexServerTest, KeepsTheIdWhenAPlayerRestartsTheSameItem) {
  folder_.Write("a.mkv", "film");
  Plays(PlexDirectPlay("/data/a.mkv"));
  EXPECT_EQ(Only().session_id, "plex-abc123");
  std::string restarted = PlexDirectPlay("/data/a.mkv");
  restarted.replace(restarted.find("abc123"), 6, "zzz999");
  restarted.replace(restarted.find("sessionKey=\"42\""), 15, "sessionKey=\"43\"");
  Plays(restarted);
  EXPECT_EQ(Only().session_id, "plex-abc123");
  Plays("");
  EXPECT_THAT(Sessions(), SizeIs(0));
  clock_.Advance(std::chrono::minutes(6));
  Plays(restarted);
  EXPECT_EQ(Only().session_id, "plex-zzz999");
}

TEST_F(PlexServerTest, AddsTheServerNameToTheIdsOfASecondServer) {
  settings_.name = "attic";
  server_.emplace(settings_, client_, clock_, 1);
  Plays(PlexDirectPlay("/data/a.mkv"));
  EXPECT_EQ(Only().session_id, "plex-attic__abc123");
}

TEST_F(PlexServerTest, FollowsAPlayerThatReportsEveryTenSeconds) {
  folder_.Write("a.mkv", "film");
  const auto report = [this](int offset_seconds) {
    Plays(PlexDirectPlay("/data/a.mkv", std::to_string(offset_seconds) + "000"));
  };
  // Reports at 100, 110, ... arrive one second before a poll.
  for (int report_at = 100; report_at <= 160; report_at += 10) {
    report(report_at);
    for (int poll = 0; poll < 5; ++poll) {
      const double truth = report_at + 1 + 2 * poll;
      const double error = std::abs(Only().PositionAt(clock_.Now()) - truth);
      EXPECT_LT(error, report_at == 100 ? 5.0 : 1.2) << truth;
      clock_.Advance(seconds(2));
    }
  }
}

TEST_F(PlexServerTest, LimitsThePositionToTheDuration) {
  folder_.Write("a.mkv", "film");
  Plays(PlexDirectPlay("/data/a.mkv", "2873900"));
  EXPECT_EQ(Only().position_seconds, 2874);
}

TEST_F(PlexServerTest, ReturnsFailures) {
  client_.OnStatus("/status/sessions", 401);
  EXPECT_EQ(Server().Sessions().error().code, Code::kUnauthenticated);
  client_.OnError("/status/sessions", {Code::kUnavailable, "connection refused"});
  EXPECT_EQ(Server().Sessions().error().code, Code::kUnavailable);
  client_.On("/status/sessions", "<html/>");
  EXPECT_EQ(Server().Sessions().error().code, Code::kBadGateway);
}

TEST_F(PlexServerTest, FetchesImages) {
  client_.On("/library/metadata/1/thumb/2", [](const http::ClientRequest& request) {
    EXPECT_EQ(request.body_bytes_max, kImageBytesMax);
    return FakeClient::Ok("JPEG", "image/jpeg");
  });
  const auto image = Server().FetchImage("/library/metadata/1/thumb/2");
  ASSERT_TRUE(image);
  EXPECT_EQ(image->bytes, "JPEG");
  EXPECT_EQ(image->content_type, "image/jpeg");
}

TEST_F(PlexServerTest, CheckReportsVersionAndFolders) {
  client_.On("/identity", R"(<MediaContainer size="0" claimed="1" version="1.41.3.9314"/>)");
  client_.On("/status/sessions", PlexContainer(""));
  client_.On("/library/sections",
             PlexContainer(
                 R"(<Directory title="Films" type="movie"><Location path="/data/films"/>
          <Location path="D:\Films"/></Directory>)"));
  folder_.Write("films/a.mkv", "film");
  const ServerCheck check = Server().Check();
  EXPECT_TRUE(check.reachable);
  EXPECT_TRUE(check.authorised);
  EXPECT_EQ(check.version, "Plex 1.41.3.9314");
  EXPECT_EQ(check.problem, "");
  ASSERT_THAT(check.folders, SizeIs(2));
  EXPECT_EQ(check.folders[0].local_path, folder_.path() + "/films");
  EXPECT_EQ(check.folders[0].problem, "");
  EXPECT_THAT(check.folders[1].problem, HasSubstr("PATH_MAPPINGS"));
}

TEST_F(PlexServerTest, CheckReportsTheFirstFailure) {
  client_.OnError("/identity", {Code::kUnavailable, "connection refused"});
  EXPECT_FALSE(Server().Check().reachable);
  client_.On("/identity", "<html/>");
  EXPECT_TRUE(Server().Check().reachable);
  client_.On("/identity", R"(<MediaContainer version="1"/>)");
  client_.OnStatus("/status/sessions", 403);
  const ServerCheck check = Server().Check();
  EXPECT_TRUE(check.reachable);
  EXPECT_FALSE(check.authorised);
  EXPECT_THAT(check.problem, HasSubstr("owner"));
}

}  // namespace
}  // namespace matinee::media
