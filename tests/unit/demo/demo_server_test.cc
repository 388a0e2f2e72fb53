#include "demo/demo_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "http/client.h"
#include "media/image_proxy.h"
#include "media/media_server.h"
#include "tests/unit/demo/fake_ffmpeg.h"
#include "tests/unit/manual_clock.h"
#include "tests/unit/temporary_folder.h"

namespace matinee::demo {
namespace {

using testing::SizeIs;

// Accesses the demo through the same adapter as a real Jellyfin.
class DemoServerTest : public testing::Test {
 protected:
  void SetUp() override {
    DemoOptions options;
    options.folder = folder_.path() + "/demo";
    demo_.emplace(options, ffmpeg_, clock_);
    const auto address = demo_->Start();
    ASSERT_TRUE(address) << address.error().message;
    address_ = *address;
    settings_.name = "demo";
    settings_.source = media::MediaServerType::kJellyfin;
    settings_.url = address_.url;
    settings_.token = address_.api_key;
    settings_.media_roots = {folder_.path()};
  }
  std::unique_ptr<media::MediaServer> Server() {
    return media::MakeMediaServer(settings_, *client_, clock_, 0);
  }
  media::PlaybackSession Only() {
    const auto sessions = Server()->Sessions();
    EXPECT_TRUE(sessions) << sessions.error().message;
    EXPECT_THAT(*sessions, SizeIs(1));
    return sessions->at(0);
  }

  TemporaryFolder folder_;
  FakeFfmpeg ffmpeg_;
  ManualClock clock_{WallTime(std::chrono::hours(500000))};
  std::unique_ptr<http::Client> client_ = http::MakeCurlClient();
  std::optional<DemoServer> demo_;
  DemoAddress address_;
  media::MediaServerSettings settings_;
};

TEST_F(DemoServerTest, PlaysAFilmThatCanBeCaptured) {
  const auto session = Only();
  EXPECT_EQ(session.title, "Matinee demo film");
  EXPECT_EQ(session.media_type, "movie");
  EXPECT_EQ(session.media_path, address_.film_path);
  EXPECT_TRUE(session.capturable) << session.not_capturable_reason;
  EXPECT_EQ(session.state, media::PlayState::kPlaying);
  EXPECT_EQ(session.duration_seconds, 120);
  EXPECT_EQ(session.audio_stream_index, 1);
  EXPECT_EQ(session.user, "Demo");
  EXPECT_EQ(session.player, "Demo screen");
}

TEST_F(DemoServerTest, AdvancesAndBeginsAgainAtTheEnd) {
  EXPECT_NEAR(Only().position_seconds, 0, 0.01);
  clock_.Advance(std::chrono::seconds(100));
  EXPECT_NEAR(Only().position_seconds, 100, 0.01);
  clock_.Advance(std::chrono::seconds(100));
  EXPECT_NEAR(Only().position_seconds, 80, 0.01);
}

TEST_F(DemoServerTest, ServesAThumbnail) {
  const auto server = Server();
  const auto image = FetchProxied(*server, *Only().thumbnail_path);
  ASSERT_TRUE(image) << image.error().message;
  EXPECT_EQ(image->content_type, "image/jpeg");
  EXPECT_EQ(image->bytes, "media");
}

TEST_F(DemoServerTest, PassesTheDoctorsCheck) {
  const auto check = Server()->Check();
  EXPECT_TRUE(check.reachable);
  EXPECT_TRUE(check.authorised);
  EXPECT_EQ(check.version, "Jellyfin 10.10.7");
  ASSERT_THAT(check.folders, SizeIs(1));
  EXPECT_EQ(check.folders[0].problem, "");
}

TEST_F(DemoServerTest, RequiresItsApiKey) {
  settings_.token = Secret("wrong");
  EXPECT_EQ(Server()->Sessions().error().code, Code::kUnauthenticated);
}

TEST_F(DemoServerTest, ReturnsNotFoundForOtherItems) {
  http::ClientRequest request;
  request.url = address_.url + "/Items/other/PlaybackInfo";
  EXPECT_EQ(client_->Send(request)->status, 404);
}

TEST_F(DemoServerTest, ListsTheVersionsOfItsItem) {
  http::ClientRequest request;
  request.url = address_.url + "/Items/d3300000000000000000000000000003/PlaybackInfo";
  EXPECT_EQ(client_->Send(request)->status, 401);
  request.url += "?ApiKey=demo";
  const auto info = client_->Send(request);
  ASSERT_TRUE(info);
  EXPECT_EQ(info->status, 200);
  EXPECT_THAT(info->body, testing::HasSubstr(address_.film_path));
}

TEST_F(DemoServerTest, DoesNotRespondAfterStop) {
  demo_->Stop();
  EXPECT_FALSE(Server()->Sessions());
}

}  // namespace
}  // namespace matinee::demo
