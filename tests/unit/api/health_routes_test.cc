// Health, sessions and pictures.
#include <chrono>
#include <future>
#include <optional>
#include <string>
#include <vector>

#include "tests/unit/api/api_fixture.h"

namespace matinee::api {
namespace {

using std::chrono::seconds;

class StatusRoutes : public ApiFixture {
 protected:
  // Has all servers polled once more.
  void Poll() {
    for (const char* id : {"plex-nobody", "jellyfin-nobody"}) {
      std::promise<void> answered;
      sessions_->FreshSession(
          id, capture::kTestTimeout,
          [&answered](const std::optional<media::PlaybackSession>&) { answered.set_value(); });
      answered.get_future().wait();
    }
  }
  static std::string PictureOf(const std::string& kind, const std::string& path,
                               const std::string& more = "") {
    return "/api/proxy/" + kind + "?path=" + PercentEncode(path) + more;
  }
};

TEST_F(StatusRoutes, TellHealth) {
  clock_.Advance(seconds(90));
  files_.free_bytes = 123;
  const http::Response response = Get("/api/health");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(Header(response, "Cache-Control"), "no-store");
  const json health = Body(response);
  EXPECT_EQ(health.at("status"), "ok");
  EXPECT_EQ(health.at("version"), "1.2.3");
  EXPECT_EQ(health.at("time"), "2026-02-18T12:01:30.000+00:00");
  EXPECT_EQ(health.at("uptime_seconds"), 90);
  EXPECT_EQ(health.at("demo"), false);
  EXPECT_EQ(health.at("free_bytes"), 123);
  EXPECT_EQ(health.at("min_free_bytes"), kFreeBytesMin);
  ASSERT_EQ(health.at("media_servers").size(), 3U);
  EXPECT_EQ(health.at("media_servers").at(0).at("name"), "attic");
  EXPECT_EQ(health.at("media_servers").at(0).at("status"), "unknown");
}

TEST_F(StatusRoutes, AreWellAlsoWhenNothingElseIs) {
  jellyfin_->Plays(Fail(Code::kUnauthenticated, "Jellyfin refuses the key (401). \xFF"));
  sessions_->Start();
  Poll();
  files_.free_bytes = -1;
  const json health = Body(Get("/api/health"));
  EXPECT_EQ(health.at("status"), "ok");
  EXPECT_EQ(health.at("free_bytes"), 0);
  EXPECT_EQ(health.at("media_servers").at(0).at("status"), "up");
  EXPECT_NE(health.at("media_servers").at(0).at("last_success_at"), nullptr);
  EXPECT_EQ(health.at("media_servers").at(2).at("status"), "down");
  EXPECT_NE(health.at("media_servers").at(2).at("error"), nullptr);
}

TEST_F(StatusRoutes, ListNoSessionAtFirst) {
  const http::Response response = Get("/api/sessions");
  EXPECT_EQ(response.body, "[]");
  EXPECT_EQ(Header(response, "Cache-Control"), "no-store");
}

TEST_F(StatusRoutes, ListWhatPlays) {
  plex_->Plays(std::vector{capture::Film()});
  sessions_->Start();
  Poll();
  clock_.Advance(seconds(5));
  const json sessions = Body(Get("/api/sessions"));
  ASSERT_EQ(sessions.size(), 1U);
  EXPECT_EQ(sessions.at(0).at("session_id"), "plex-1");
  EXPECT_EQ(sessions.at(0).at("position_seconds"), 1005);
}

// --- Pictures --------------------------------------------------------------------------------

TEST_F(StatusRoutes, FetchAPictureOfAServer) {
  jellyfin_->HasPicture(media::Image{"image/webp", "bytes"});
  const std::string path = "/Items/0123456789abcdef0123456789abcdef/Images/Primary?maxWidth=400";
  const http::Response response = Get(PictureOf("jellyfin", path));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "image/webp");
  EXPECT_EQ(response.body, "bytes");
  EXPECT_EQ(Header(response, "Cache-Control"), "private, max-age=86400");
  EXPECT_EQ(Header(response, "X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(jellyfin_->asked_for(), path);
}

TEST_F(StatusRoutes, FetchFromTheServerThatIsNamedOrElseTheFirst) {
  plex_->HasPicture(media::Image{"image/jpeg", "attic"});
  second_plex_->HasPicture(media::Image{"image/jpeg", "cellar"});
  const std::string path = "/library/metadata/1/thumb/2";
  EXPECT_EQ(Get(PictureOf("plex", path)).body, "attic");
  EXPECT_EQ(Get(PictureOf("plex", path, "&server=attic")).body, "attic");
  EXPECT_EQ(Get(PictureOf("plex", path, "&server=cellar")).body, "cellar");
  ExpectProblem(Get(PictureOf("plex", path, "&server=jellyfin")), Code::kNotFound);
  ExpectProblem(Get(PictureOf("plex", path, "&server=")), Code::kNotFound);
  ExpectProblem(Get(PictureOf("emby", "/Items/1/Images/Primary")), Code::kNotFound);
}

TEST_F(StatusRoutes, FetchNothingButPictures) {
  for (const char* path :
       {"", "/", "/status/sessions", "/library/sections", "//evil/photo/:/transcode",
        "http://evil/library/metadata/1/thumb/2", "/library/metadata/1/thumb/2/../../../../status",
        "/library/metadata/1/thumb/2@evil", "\\\\evil\\share",
        "/library/metadata/1/thumb/2\r\nX: y", "/photo/:/transcode?url=http://evil/x",
        "/System/Info", "/Users"}) {
    ExpectProblem(Get(PictureOf("plex", path)), Code::kPermissionDenied);
    ExpectProblem(Get(PictureOf("jellyfin", path)), Code::kPermissionDenied);
  }
  EXPECT_EQ(plex_->asked_for(), "");
  EXPECT_EQ(jellyfin_->asked_for(), "");
}

TEST_F(StatusRoutes, RefuseAPictureWithoutAPathOrWithTwo) {
  ExpectProblem(Get("/api/proxy/plex"), Code::kInvalidArgument);
  ExpectProblem(Get("/api/proxy/plex?path=/a&path=/b"), Code::kInvalidArgument);
  ExpectProblem(Get(PictureOf("plex", "/library/metadata/1/thumb/2", "&server=a&server=b")),
                Code::kInvalidArgument);
}

TEST_F(StatusRoutes, TellWhyThereIsNoPicture) {
  const std::string path = PictureOf("plex", "/library/metadata/1/thumb/2");
  ExpectProblem(Get(path), Code::kNotFound);
  plex_->HasPicture(media::Image{"text/html", "<script>"});
  ExpectProblem(Get(path), Code::kBadGateway);
  plex_->HasPicture(media::Image{"image/svg+xml", "<svg onload=1>"});
  ExpectProblem(Get(path), Code::kBadGateway);
  plex_->HasPicture(Fail(Code::kDeadlineExceeded, "it took too long"));
  ExpectProblem(Get(path), Code::kDeadlineExceeded);
}

}  // namespace
}  // namespace matinee::api
